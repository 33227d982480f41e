/* SPDX-License-Identifier: ISC */
/*
 * Attacks, by name, and what they share.
 */
#ifndef ATTACKER_H
#define ATTACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The exit status of a process that succeeded in what must be impossible. */
#define EXIT_SURVIVED 77

/*
 * The situation of an attacker.
 */
struct scene {
	int channel;	   /* to the monitor; in a resolver, the pipe for its answer */
	uint32_t number;   /* of the request under way; 0: none */
	int64_t deadline;  /* of it; clock.h */
	uint32_t landlock; /* the kernel's ABI */
	const char *argument;
};

struct attack {
	const char *name;
	void (*carry_out)(const struct scene *scene);
};

/* Each list ends with an attack without a name. */
extern const struct attack attacks_by_message[];
extern const struct attack attacks_by_call[];
extern const struct attack attacks_of_resolver[];

/*
 * True when this is the attack's argument.
 */
bool argument_is(const struct scene *scene, const char *text);

/*
 * Keeps a processor busy for ever.
 */
_Noreturn void spin(void);

/*
 * What must be impossible was done.
 */
_Noreturn void survived(void);

#endif
