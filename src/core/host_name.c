/* SPDX-License-Identifier: ISC */
#include "core/host_name.h"

#include <stdbool.h>

#define LABEL_MAX 63 /* bytes: RFC 1035, section 2.3.4 */
#define PREFIX	  4  /* bytes of "xn--" */

/* RFC 3492, section 5: the parameters of Punycode. */
enum {
	BASE = 36,
	T_MIN = 1,
	T_MAX = 26,
	SKEW = 38,
	DAMP = 700,
	INITIAL_BIAS = 72,
	INITIAL_N = 128,
};

#define CODE_POINT_MAX 0x10FFFFU

static uint8_t
lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

static bool
is_a_label(struct view label)
{
	return label.size > PREFIX && label.size <= LABEL_MAX && lower(label.data[0]) == 'x' &&
	       lower(label.data[1]) == 'n' && label.data[2] == '-' && label.data[3] == '-';
}

/* The value of a digit, or BASE when it is none. */
static uint32_t
digit_value(uint8_t byte)
{
	byte = lower(byte);
	if (byte >= 'a' && byte <= 'z')
		return (uint32_t)(byte - 'a');
	return byte >= '0' && byte <= '9' ? (uint32_t)(byte - '0') + 26 : BASE;
}

/* RFC 3492, section 6.1. */
static uint32_t
adapt(uint32_t delta, uint32_t count, bool first)
{
	uint32_t k = 0;

	delta = first ? delta / DAMP : delta / 2;
	delta += delta / count;
	for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

/*
 * Reads one number of variable length (RFC 3492, section 3.3) at *at and adds it to
 * *sum. False when it ends too early, has no digit, or is too large.
 */
static bool
take_number(struct view text, size_t *at, uint32_t bias, uint32_t *sum)
{
	uint64_t weight = 1, value = *sum;
	uint32_t k, digit, threshold;

	for (k = BASE;; k += BASE) {
		if (*at == text.size)
			return false;
		digit = digit_value(text.data[(*at)++]);
		value += digit * weight;
		if (digit == BASE || value > UINT32_MAX)
			return false;
		threshold = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
		if (digit < threshold)
			break;
		weight *= BASE - threshold;
		if (weight > UINT32_MAX)
			return false;
	}
	*sum = (uint32_t)value;
	return true;
}

/* Copies what precedes the last hyphen. Returns how many. */
static uint32_t
take_basic(struct view text, size_t *at, uint32_t points[LABEL_MAX])
{
	size_t i, hyphen = text.size;
	uint32_t count = 0;

	for (i = 0; i < text.size; i++) {
		if (text.data[i] == '-')
			hyphen = i;
	}
	*at = hyphen < text.size ? hyphen + 1 : 0;
	for (i = 0; hyphen < text.size && i < hyphen; i++)
		points[count++] = lower(text.data[i]);
	return count;
}

/* RFC 3492, section 6.2: the code points of what follows "xn--"; 0 when it is not Punycode, or
 * stands for something that needs none. */
static uint32_t
decode(struct view text, uint32_t points[LABEL_MAX])
{
	uint32_t n = INITIAL_N, i = 0, bias = INITIAL_BIAS, j;
	size_t at;
	uint32_t basic = take_basic(text, &at, points), count = basic;

	while (at < text.size) {
		uint32_t before = i;

		if (!take_number(text, &at, bias, &i))
			return 0;
		bias = adapt(i - before, count + 1, before == 0 && count == basic);
		if (i / (count + 1) > CODE_POINT_MAX - n)
			return 0;
		n += i / (count + 1);
		i %= count + 1;
		if (n >= 0xD800 && n <= 0xDFFF)
			return 0; /* a surrogate is no character */
		for (j = count++; j > i; j--)
			points[j] = points[j - 1];
		points[i++] = n;
	}
	return count > basic ? count : 0;
}

static size_t
put_utf8(uint32_t point, uint8_t *out)
{
	size_t i, more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
	static const uint8_t lead[] = { 0x00, 0xC0, 0xE0, 0xF0 };

	out[0] = (uint8_t)(lead[more] | point >> (6 * more));
	for (i = 1; i <= more; i++)
		out[i] = (uint8_t)(0x80 | (point >> (6 * (more - i)) & 0x3F));
	return more + 1;
}

static size_t
put_label(struct view label, enum host_name_form form, uint8_t *out)
{
	uint32_t points[LABEL_MAX], i, count = 0;
	size_t size = 0, at;

	if (form == HOST_NAME_XMPP && is_a_label(label))
		count = decode(view_part(label, PREFIX, label.size - PREFIX), points);
	for (i = 0; i < count; i++)
		size += put_utf8(points[i], out + size);
	for (at = 0; count == 0 && at < label.size; at++)
		out[size++] = lower(label.data[at]);
	return size;
}

size_t
host_name_normal(struct view name, enum host_name_form form, uint8_t *normal)
{
	size_t at = 0, size = 0;

	if (name.size > 1 && name.data[name.size - 1] == '.')
		name.size--;
	while (at < name.size) {
		struct view rest = view_part(name, at, name.size - at);
		size_t length = view_find(rest, '.');

		size += put_label(view_part(rest, 0, length), form, normal + size);
		at += length;
		if (at < name.size) {
			normal[size++] = '.';
			at++;
		}
	}
	return size;
}
