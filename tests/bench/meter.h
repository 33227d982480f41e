/* SPDX-License-Identifier: ISC */
/*
 * What the candidates written in C share: how they are told what to do, and how they
 * return their measurements.
 *
 *     stdin    a number of exchanges, 32 bits in the machine's order; then the next
 *     stdout   as many times, nanoseconds in 32 bits each
 */
#ifndef METER_H
#define METER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The request of every candidate: what the frame auth:alice:example.org:secret
 * is translated into.
 */
#define METER_BODY  "{\"username\":\"alice@example.org\",\"password\":\"secret\"}"
#define METER_FRAME "auth:alice:example.org:secret"

/*
 * The monotonic clock in nanoseconds.
 */
uint64_t meter_now(void);

/*
 * Writes "NAME: TEXT" to standard error and ends the process with status 1.
 */
_Noreturn void meter_fail(const char *name, const char *text);

/*
 * Makes exchanges and returns the time of each, until stdin ends. exchange() makes
 * one, with `context`; it does not return if that fails.
 */
void meter_loop(void (*exchange)(void *context), void *context);

/*
 * Replies "yes" to each frame on stdin after one exchange, like a program that
 * ejabberd starts, until stdin ends.
 */
void meter_serve(void (*exchange)(void *context), void *context);

/*
 * The same in two processes: this one takes the frames and replies, and another one
 * makes the exchanges.
 */
void meter_gate(void (*exchange)(void *context), void *context);

/*
 * main() of a candidate that is called as PROGRAM loop|serve|gate PORT CA-FILE PATH.
 * open() connects to 127.0.0.1:PORT and returns the context for exchange().
 */
struct meter_target {
	const char *port;
	const char *ca_file;
	const char *path; /* of the request's URL */
};

int meter_main(int argc, char **argv, void *(*open)(const struct meter_target *target),
	       void (*exchange)(void *context));

#endif
