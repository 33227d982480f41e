/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "sandbox/resident.h"

#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* A segment that is loaded without write permission has no relocations. */
static int
give_back(struct dl_phdr_info *object, size_t size, void *context)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	size_t i;

	(void)size;
	(void)context;
	for (i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t from = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
		uintptr_t to = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;

		if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0)
			continue;
		/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
	}
	return 0;
}

void
resident_give_back(void)
{
	(void)dl_iterate_phdr(give_back, NULL);
}
