/* SPDX-License-Identifier: ISC */
/*
 * Pins: keys of which an API's certificate chain must contain at least one.
 */
#ifndef PINS_H
#define PINS_H

#include <stddef.h>
#include <stdint.h>

#define SETTINGS_PINS_MAX 16
#define SETTINGS_PIN_SIZE 32 /* bytes of a SHA-256 digest */

struct pins {
	size_t count;
	uint8_t list[SETTINGS_PINS_MAX][SETTINGS_PIN_SIZE]; /* SHA-256 of a SubjectPublicKeyInfo */
};

#endif
