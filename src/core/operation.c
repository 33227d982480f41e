/* SPDX-License-Identifier: ISC */
#include "core/operation.h"

#include <stdbool.h>

static const char names[OPERATION_COUNT][sizeof("removeuser3")] = {
	[OPERATION_AUTH] = "auth",
	[OPERATION_ISUSER] = "isuser",
	[OPERATION_SETPASS] = "setpass",
	[OPERATION_TRYREGISTER] = "tryregister",
	[OPERATION_REMOVEUSER] = "removeuser",
	[OPERATION_REMOVEUSER3] = "removeuser3",
};

const char *
operation_name(enum operation operation)
{
	return (unsigned int)operation < OPERATION_COUNT ? names[operation] : "unknown";
}

bool
operation_find(struct view name, enum operation *operation)
{
	unsigned int i;

	/*@ loop invariant i <= OPERATION_COUNT;
	  @ loop invariant \forall integer o; 0 <= o < i ==> !operation_spelled(name, o);
	  @ loop assigns i;
	  @ loop variant OPERATION_COUNT - i;
	  @*/
	for (i = 0; i < OPERATION_COUNT; i++) {
		const char *text = operation_name((enum operation)i);

		//@ assert text_readable(text, operation_length(i));
		if (view_is(name, text)) {
			*operation = (enum operation)i;
			return true;
		}
	}
	return false;
}

bool
operation_has_password(enum operation operation)
{
	switch (operation) {
	case OPERATION_AUTH:
	case OPERATION_SETPASS:
	case OPERATION_TRYREGISTER:
	case OPERATION_REMOVEUSER3:
		return true;
	case OPERATION_ISUSER:
	case OPERATION_REMOVEUSER:
		return false;
	}
	return false;
}

bool
operation_is_repeatable(enum operation operation)
{
	return operation == OPERATION_AUTH || operation == OPERATION_ISUSER;
}
