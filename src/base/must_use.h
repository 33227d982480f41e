/* SPDX-License-Identifier: ISC */
#ifndef MUST_USE_H
#define MUST_USE_H

/*
 * A function whose result tells whether it failed: the compiler warns of a caller that ignores it,
 * and make lint of one that is not marked.
 */
#define MUST_USE __attribute__((warn_unused_result))

#endif
