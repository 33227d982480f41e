/* SPDX-License-Identifier: ISC */
/*
 * The addresses that a program has in its data, of functions above all, are written once when it
 * starts. A dynamic linker then makes these pages read-only ("RELRO"). A static program has none, and
 * musl does not do it in its place.
 */
#ifndef RELOCATIONS_H
#define RELOCATIONS_H

#include "base/must_use.h"

struct fault;

/*
 * Makes what the linker marked for it (PT_GNU_RELRO) read-only. Called before there are settings; it
 * changes nothing where that was done. Returns 0, or -1 with a fault.
 */
MUST_USE int relocations_protect(struct fault *fault);

#endif
