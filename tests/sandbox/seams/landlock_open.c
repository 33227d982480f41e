/* SPDX-License-Identifier: ISC */
/* The worker, which comes second, finds no Landlock in the kernel. */
#include "base/fault.h"
#include "sandbox/landlock.h"

int __real_landlock_open(struct landlock *landlock, struct fault *fault);
int __wrap_landlock_open(struct landlock *landlock, struct fault *fault);

int
__wrap_landlock_open(struct landlock *landlock, struct fault *fault)
{
	static int calls;

	if (calls++ == 0)
		return __real_landlock_open(landlock, fault);
	*landlock = (struct landlock){ 0, -1 };
	return 0;
}
