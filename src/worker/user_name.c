/* SPDX-License-Identifier: ISC */
#include "worker/user_name.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/writer.h"
#include "core/request.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ID_MAX	    256			      /* bytes of a machine's id */
#define KEY_PURPOSE "extauth-https log_users" /* the id itself must stay secret */

/* Files that identify the machine; the first that exists is used: machine-id(5), or a number
 * that the kernel draws when it starts. */
static const char *const ids[] = { "/etc/machine-id", "/proc/sys/kernel/random/boot_id" };

static int
make_key(struct user_name *name, struct fault *fault)
{
	struct view id = { NULL, 0 };
	unsigned int size;
	bool made;
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]) && id.size == 0; i++) {
		free((void *)id.data);
		if (file_read(ids[i], ID_MAX, &id, fault) < 0)
			id = (struct view){ NULL, 0 };
	}
	if (id.size == 0)
		return -1;
	made = HMAC(EVP_sha256(), id.data, (int)id.size, (const uint8_t *)KEY_PURPOSE,
		    strlen(KEY_PURPOSE), name->key, &size) != NULL;
	free((void *)id.data);
	return made ? 0 : fault_set(fault, "OpenSSL cannot derive the key for user hashes");
}

int
user_name_open(struct user_name *name, enum log_users shown, struct fault *fault)
{
	*name = (struct user_name){ .shown = shown };
	return shown == LOG_USERS_HASH ? make_key(name, fault) : 0;
}

struct view
user_name_of(struct user_name *name, const struct request *request)
{
	uint8_t jid[2 * REQUEST_NAME_MAX + 1], hash[EVP_MAX_MD_SIZE];
	struct writer writer = { jid, sizeof(jid), 0, false };
	struct writer shown = { name->text, sizeof(name->text), 0, false };
	unsigned int size;

	if (name->shown == LOG_USERS_PLAIN)
		return request->user;
	writer_view(&writer, request->user);
	writer_byte(&writer, '@');
	writer_view(&writer, request->host);
	if (HMAC(EVP_sha256(), name->key, sizeof(name->key), jid, writer.size, hash, &size) != NULL)
		writer_hex(&shown, (struct view){ hash, USER_NAME_HASH_SIZE });
	return (struct view){ name->text, shown.size };
}
