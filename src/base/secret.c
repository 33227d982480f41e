/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "base/secret.h"

#include "base/wipe.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <errno.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *
secret_malloc(size_t size)
{
	return malloc(size);
}

void
secret_free(void *block)
{
	if (block == NULL)
		return;
	wipe(block, malloc_usable_size(block));
	free(block);
}

static void *
resize(void *block, size_t size)
{
	size_t old = block == NULL ? 0 : malloc_usable_size(block);
	void *grown;

	/* realloc(3) would leave an unwiped copy behind when it moves a block;
	 * one that is large enough stays where it is */
	if (size != 0 && size <= old)
		return block;
	if (size == 0) {
		secret_free(block);
		return NULL;
	}
	grown = malloc(size);
	if (grown == NULL)
		return NULL;
	if (block != NULL)
		memcpy(grown, block, old);
	secret_free(block);
	return grown;
}

static void *
openssl_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return secret_malloc(size);
}

static void *
openssl_realloc(void *block, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return resize(block, size);
}

static void
openssl_free(void *block, const char *file, int line)
{
	(void)file;
	(void)line;
	secret_free(block);
}

int
secret_install_allocator(struct fault *fault)
{
	cJSON_Hooks hooks = { secret_malloc, secret_free };

	cJSON_InitHooks(&hooks);
	if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1)
		return fault_set(fault,
				 "OpenSSL allocated memory before its allocator could be set");
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, secret_malloc, secret_free, resize, strdup,
				 calloc) != CURLE_OK)
		return fault_set(fault, "cannot initialise libcurl");
	return 0;
}

void *
secret_map(size_t size, struct fault *fault)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		(void)fault_set(fault, "cannot allocate %zu bytes of memory: %s", size,
				strerror(errno));
		return NULL;
	}
	if (mlock2(memory, size, MLOCK_ONFAULT) < 0) {
		(void)fault_set(fault,
				"cannot lock %zu bytes of memory: %s; raise the limit "
				"(LimitMEMLOCK= of the unit, ulimit -l)",
				size, strerror(errno));
		return NULL;
	}
	if (madvise(memory, size, MADV_DONTDUMP) < 0) {
		(void)fault_set(fault, "cannot exclude memory from core files: %s",
				strerror(errno));
		return NULL;
	}
	return memory;
}
