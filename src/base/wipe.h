/* SPDX-License-Identifier: ISC */
#ifndef WIPE_H
#define WIPE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Sets `size` bytes from `memory` on to zero, also when the compiler believes
 * that nobody will read them again.
 */
void wipe(void *memory, size_t size);

/*
 * The same for bytes that have a type, which a proof can speak of. The contract
 * is taken on trust: what makes it true is the C library.
 */
/*@ requires \valid(bytes + (0 .. size - 1));
  @ terminates \true;
  @ assigns bytes[0 .. size - 1];
  @ ensures \forall integer i; 0 <= i < size ==> bytes[i] == 0;
  @ ensures \initialized(bytes + (0 .. size - 1));
  @*/
void wipe_bytes(uint8_t *bytes, size_t size);

#endif
