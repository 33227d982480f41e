/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE

#include "base/clock.h"
#include "base/fault.h"
#include "base/writer.h"
#include "settings/api.h"
#include "settings/endpoint.h"
#include "settings/pins.h"
#include "settings/setting.h"

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- strings ----------------------------------------------------------------- */

static int
take_text(const struct setting *setting, const char *text, void *member, struct fault *fault)
{
	char **string = member;

	(void)setting;
	if (*text == '\0')
		return fault_set(fault, "must not be empty");
	free(*string);
	*string = strdup(text);
	return *string != NULL ? 0 : fault_set(fault, "out of memory");
}

/* The server decides in which directory we run, so only absolute paths have one meaning. */
static int
take_path(const struct setting *setting, const char *text, void *member, struct fault *fault)
{
	if (*text != '/')
		return fault_set(fault, "\"%s\" is not an absolute path; it must start with /",
				 text);
	return take_text(setting, text, member, fault);
}

static void
clear_text(void *member)
{
	char **string = member;

	free(*string);
	*string = NULL;
}

static int
take_log(const struct setting *setting, const char *text, void *member, struct fault *fault)
{
	if (strcmp(text, "syslog") == 0)
		return take_text(setting, text, member, fault);
	if (strcmp(text, "stderr") != 0)
		return take_path(setting, text, member, fault);
	clear_text(member);
	return 0;
}

static int
copy_text(void *to, const void *from)
{
	const char *source = *(char *const *)from;
	char **string = to;

	if (source == NULL)
		return 0;
	*string = strdup(source);
	return *string != NULL ? 0 : -1;
}

static void
show_text(const struct setting *setting, const void *member, struct writer *writer)
{
	const char *text = *(char *const *)member;

	(void)setting;
	if (text != NULL)
		writer_text(writer, text);
}

const struct setting_kind setting_kind_text = { SHAPE_STRING, take_text, clear_text, copy_text,
						show_text };
const struct setting_kind setting_kind_path = { SHAPE_STRING, take_path, clear_text, copy_text,
						show_text };
const struct setting_kind setting_kind_log = { SHAPE_STRING, take_log, clear_text, copy_text,
					       show_text };

/* --- numbers and choices ------------------------------------------------------- */

/* Seconds with up to six decimals, as microseconds. */
static int
take_seconds(const struct setting *setting, const char *text, void *member, struct fault *fault)
{
	int64_t value = 0, unit = CLOCK_SECOND;
	const char *at = text;

	for (; *at >= '0' && *at <= '9' && value < 1000000000 * CLOCK_SECOND; at++)
		value = value * 10 + (*at - '0') * CLOCK_SECOND;
	if (at > text && *at == '.') {
		for (at++; *at >= '0' && *at <= '9' && unit > 1; at++) {
			unit /= 10;
			value += (*at - '0') * unit;
		}
	}
	if (at == text || *at != '\0')
		return fault_set(fault, "\"%s\" is not a number of seconds such as 8 or 2.5", text);
	if (value < setting->least || value > setting->most)
		return fault_set(fault, "must be from %g to %g seconds",
				 (double)setting->least / (double)CLOCK_SECOND,
				 (double)setting->most / (double)CLOCK_SECOND);
	*(int64_t *)member = value;
	return 0;
}

static void
clear_seconds(void *member)
{
	*(int64_t *)member = 0;
}

static int
copy_seconds(void *to, const void *from)
{
	*(int64_t *)to = *(const int64_t *)from;
	return 0;
}

/* The argument lists the values, "one|two|three", in the enumeration's order. */
static int
take_choice(const struct setting *setting, const char *text, void *member, struct fault *fault)
{
	const char *value = setting->argument;
	unsigned int number = 0;

	for (;;) {
		size_t length = strcspn(value, "|");

		if (strlen(text) == length && strncmp(text, value, length) == 0) {
			*(unsigned int *)member = number;
			return 0;
		}
		if (value[length] == '\0')
			break;
		value += length + 1;
		number++;
	}
	return fault_set(fault, "\"%s\" is none of %s", text, setting->argument);
}

static void
clear_choice(void *member)
{
	*(unsigned int *)member = 0;
}

static int
copy_choice(void *to, const void *from)
{
	*(unsigned int *)to = *(const unsigned int *)from;
	return 0;
}

static void
show_seconds(const struct setting *setting, const void *member, struct writer *writer)
{
	char text[32];

	(void)setting;
	(void)snprintf(text, sizeof(text), "%g",
		       (double)*(const int64_t *)member / (double)CLOCK_SECOND);
	writer_text(writer, text);
}

static void
show_choice(const struct setting *setting, const void *member, struct writer *writer)
{
	const char *value = setting->argument;
	unsigned int number = *(const unsigned int *)member;
	size_t i, length;

	while (number-- > 0)
		value += strcspn(value, "|") + 1;
	length = strcspn(value, "|");
	for (i = 0; i < length; i++)
		writer_byte(writer, (uint8_t)value[i]);
}

const struct setting_kind setting_kind_seconds = { SHAPE_NUMBER, take_seconds, clear_seconds,
						   copy_seconds, show_seconds };
const struct setting_kind setting_kind_choice = { SHAPE_STRING, take_choice, clear_choice,
						  copy_choice, show_choice };

/* --- endpoints ----------------------------------------------------------------- */

static int
take_url(const struct setting *setting, const char *text, void *member, struct fault *fault)
{
	struct endpoints *endpoints = member;

	(void)setting;
	if (endpoints->count == SETTINGS_ENDPOINTS_MAX)
		return fault_set(fault, "holds more than %d endpoints", SETTINGS_ENDPOINTS_MAX);
	if (endpoint_parse(&endpoints->list[endpoints->count], text, fault) < 0)
		return -1;
	endpoints->count++;
	return 0;
}

static void
clear_url(void *member)
{
	struct endpoints *endpoints = member;

	while (endpoints->count > 0)
		endpoint_free(&endpoints->list[--endpoints->count]);
}

static int
copy_url(void *to, const void *from)
{
	const struct endpoints *source = from;
	struct endpoints *endpoints = to;

	for (endpoints->count = 0; endpoints->count < source->count; endpoints->count++) {
		if (endpoint_copy(&endpoints->list[endpoints->count],
				  &source->list[endpoints->count]) < 0)
			return -1;
	}
	return 0;
}

static void
show_url(const struct setting *setting, const void *member, struct writer *writer)
{
	const struct endpoints *endpoints = member;
	size_t i;

	(void)setting;
	for (i = 0; i < endpoints->count; i++) {
		writer_text(writer, i > 0 ? " " : "");
		writer_text(writer, endpoints->list[i].url);
	}
}

const struct setting_kind setting_kind_url = { SHAPE_STRINGS, take_url, clear_url, copy_url,
					       show_url };

/* --- pins ---------------------------------------------------------------------- */

#define PIN_PREFIX	  "sha256//"
#define PIN_BASE64_LENGTH 44 /* of 32 bytes, with one '=' at its end */

static int
take_pin(const struct setting *setting, const char *text, void *member, struct fault *fault)
{
	size_t prefix = strlen(PIN_PREFIX);
	struct pins *pins = member;
	uint8_t bytes[SETTINGS_PIN_SIZE + 1]; /* EVP_DecodeBlock() decodes the padding, too */

	(void)setting;
	if (strncmp(text, PIN_PREFIX, prefix) != 0 || strlen(text + prefix) != PIN_BASE64_LENGTH ||
	    text[prefix + PIN_BASE64_LENGTH - 1] != '=' ||
	    EVP_DecodeBlock(bytes, (const uint8_t *)text + prefix, PIN_BASE64_LENGTH) !=
		    sizeof(bytes))
		return fault_set(fault,
				 "\"%s\" is not \"" PIN_PREFIX "\" and the base64 of 32 bytes; "
				 "--check prints the pins of an API",
				 text);
	if (pins->count == SETTINGS_PINS_MAX)
		return fault_set(fault, "holds more than %d pins", SETTINGS_PINS_MAX);
	memcpy(pins->list[pins->count++], bytes, SETTINGS_PIN_SIZE);
	return 0;
}

static void
clear_pin(void *member)
{
	struct pins *pins = member;

	pins->count = 0;
}

static int
copy_pin(void *to, const void *from)
{
	memcpy(to, from, sizeof(struct pins));
	return 0;
}

static void
show_pin(const struct setting *setting, const void *member, struct writer *writer)
{
	const struct pins *pins = member;
	char text[PIN_BASE64_LENGTH + 1];
	size_t i;

	(void)setting;
	for (i = 0; i < pins->count; i++) {
		(void)EVP_EncodeBlock((uint8_t *)text, pins->list[i], SETTINGS_PIN_SIZE);
		writer_text(writer, i > 0 ? " " PIN_PREFIX : PIN_PREFIX);
		writer_text(writer, text);
	}
}

const struct setting_kind setting_kind_pin = { SHAPE_STRINGS, take_pin, clear_pin, copy_pin,
					       show_pin };
