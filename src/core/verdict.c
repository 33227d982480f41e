/* SPDX-License-Identifier: ISC */
#include "core/verdict.h"

const char *
verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_UNAVAILABLE:
		return "unavailable";
	case VERDICT_REFUSED:
		return "refused";
	case VERDICT_GRANTED:
		return "granted";
	}
	return "unavailable";
}
