/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "sandbox/relocations.h"

#include "base/fault.h"

#include <errno.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Whole pages, as the linker has aligned them. */
static int
protect(struct dl_phdr_info *object, size_t size, void *unused)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	int i;

	(void)size;
	(void)unused;
	for (i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		uintptr_t from = (object->dlpi_addr + part->p_vaddr) & ~(page - 1);
		uintptr_t to = (object->dlpi_addr + part->p_vaddr + part->p_memsz) & ~(page - 1);

		if (part->p_type != PT_GNU_RELRO || from == to)
			continue;
		/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
		if (mprotect((void *)from, to - from, PROT_READ) < 0)
			return -1;
	}
	return 1; /* the program comes first; of its libraries the dynamic linker takes care */
}

int
relocations_protect(struct fault *fault)
{
	if (dl_iterate_phdr(protect, NULL) < 0)
		return fault_set(fault, "the program's own data cannot be made read-only: %s",
				 strerror(errno));
	return 0;
}
