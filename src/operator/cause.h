/* SPDX-License-Identifier: ISC */
#ifndef CAUSE_H
#define CAUSE_H

/*
 * What an operator can do about a request that failed for this reason, from cause.def. The string
 * is constant; for an unknown reason it says how to find out more.
 */
const char *cause_cure(const char *reason);

#endif
