/* SPDX-License-Identifier: ISC */
/* A resolver cannot be sealed. */
#include "base/fault.h"
#include "monitor/confinement.h"

int __wrap_confinement_seal_resolver(struct fault *fault);

int
__wrap_confinement_seal_resolver(struct fault *fault)
{
	return fault_set(fault, "broken on purpose");
}
