/* SPDX-License-Identifier: ISC */
/*
 * Requests read a second time, for comparison: with the C library's string functions, and without
 * code shared with src/core/request.c.
 */
#ifndef NAIVE_H
#define NAIVE_H

#include "base/view.h"
#include "core/operation.h"
#include "core/request.h"

/*
 * The names of operations, in the order of enum operation.
 */
extern const char *const naive_operations[OPERATION_COUNT];

/*
 * What request_parse() should say, and what it should find.
 */
enum request_result naive_parse(struct view payload, struct request *request);

/*
 * True when both hold the same bytes.
 */
bool naive_same(struct view a, struct view b);

#endif
