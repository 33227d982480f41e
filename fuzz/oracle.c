/* SPDX-License-Identifier: ISC */
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

/* --- UTF-8: decode, encode again, compare ------------------------------------- */

static size_t
encode(uint32_t point, uint8_t out[4])
{
	if (point < 0x80) {
		out[0] = (uint8_t)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (uint8_t)(0xC0 | point >> 6);
		out[1] = (uint8_t)(0x80 | (point & 63));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (uint8_t)(0xE0 | point >> 12);
		out[1] = (uint8_t)(0x80 | (point >> 6 & 63));
		out[2] = (uint8_t)(0x80 | (point & 63));
		return 3;
	}
	out[0] = (uint8_t)(0xF0 | point >> 18);
	out[1] = (uint8_t)(0x80 | (point >> 12 & 63));
	out[2] = (uint8_t)(0x80 | (point >> 6 & 63));
	out[3] = (uint8_t)(0x80 | (point & 63));
	return 4;
}

bool
oracle_is_utf8(struct view text)
{
	while (text.size > 0) {
		uint8_t lead = text.data[0], again[4];
		size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4, i;
		uint32_t point = lead & (length == 1 ? 0x7FU : 0xFFU >> (length + 1));

		if (length > text.size)
			return false;
		for (i = 1; i < length; i++)
			point = point << 6 | (text.data[i] & 63);
		if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF) ||
		    encode(point, again) != length || memcmp(again, text.data, length) != 0)
			return false;
		text.data += length;
		text.size -= length;
	}
	return true;
}

/* --- JSON: recursive descent, on a copy that ends with a NUL -------------------- */

struct reader {
	const char *at;
	struct oracle *look;
	unsigned int depth;
	bool wrong;
};

static void read_value(struct reader *reader);

static void
skip(struct reader *reader)
{
	reader->at += strspn(reader->at, " \t\r\n");
}

static void
expect(struct reader *reader, char wanted)
{
	if (*reader->at == wanted)
		reader->at++;
	else
		reader->wrong = true;
}

/* Reads a string; gives its text when all of it is ASCII and it fits, else "". */
static void
read_string(struct reader *reader, char text[16])
{
	size_t size = 0, given;
	bool plain = true;
	char hex[5] = "", byte;

	text[0] = '\0';
	expect(reader, '"');
	while (!reader->wrong && *reader->at != '"') {
		if ((unsigned char)*reader->at < 0x20) {
			reader->wrong = true;
			return;
		}
		byte = *reader->at++;
		if (byte == '\\') {
			const char *known = "\"\\/bfnrt", *means = "\"\\/\b\f\n\r\t", *found;

			byte = *reader->at == '\0' ? '\0' : *reader->at++;
			found = byte == '\0' ? NULL : strchr(known, byte);
			if (found != NULL) {
				byte = means[found - known];
			} else if (byte == 'u') {
				given = strspn(reader->at, "0123456789abcdefABCDEF");
				reader->wrong = given < 4;
				if (reader->wrong)
					return;
				memcpy(hex, reader->at, 4);
				reader->at += 4;
				given = strtoul(hex, NULL, 16);
				plain = plain && given > 0 && given < 0x80;
				byte = (char)given;
			} else {
				reader->wrong = true;
			}
		}
		if (size < 15)
			text[size] = byte;
		size++;
	}
	expect(reader, '"');
	text[plain && size < 16 ? size : 0] = '\0';
}

static void
read_number(struct reader *reader)
{
	const char *digits = "0123456789";
	size_t count;

	reader->at += *reader->at == '-';
	count = strspn(reader->at, digits);
	reader->wrong = count == 0 || (count > 1 && *reader->at == '0');
	reader->at += count;
	if (*reader->at == '.') {
		count = strspn(++reader->at, digits);
		reader->wrong = reader->wrong || count == 0;
		reader->at += count;
	}
	if (*reader->at == 'e' || *reader->at == 'E') {
		reader->at++;
		reader->at += *reader->at == '+' || *reader->at == '-';
		count = strspn(reader->at, digits);
		reader->wrong = reader->wrong || count == 0;
		reader->at += count;
	}
}

static void
read_word(struct reader *reader, const char *word)
{
	reader->wrong = strncmp(reader->at, word, strlen(word)) != 0;
	if (!reader->wrong)
		reader->at += strlen(word);
}

static void
read_member(struct reader *reader)
{
	char name[16];

	read_string(reader, name);
	skip(reader);
	expect(reader, ':');
	skip(reader);
	if (reader->depth == 1 && strcmp(name, "success") == 0) {
		reader->look->decisions++;
		reader->look->decision = *reader->at;
	}
	read_value(reader);
}

static void
read_list(struct reader *reader, char end, void (*read_element)(struct reader *))
{
	if (++reader->depth > reader->look->depth)
		reader->look->depth = reader->depth;
	reader->look->too_deep = reader->depth > ORACLE_DEPTH_MAX;
	if (reader->look->too_deep) {
		reader->wrong = true;
		return;
	}
	reader->at++;
	skip(reader);
	if (*reader->at != end) {
		read_element(reader);
		skip(reader);
		while (!reader->wrong && *reader->at == ',') {
			reader->at++;
			skip(reader);
			read_element(reader);
			skip(reader);
		}
	}
	expect(reader, end);
	reader->depth--;
}

static void
read_value(struct reader *reader)
{
	char ignored[16];

	if (reader->wrong)
		return;
	switch (*reader->at) {
	case '{':
		read_list(reader, '}', read_member);
		break;
	case '[':
		read_list(reader, ']', read_value);
		break;
	case '"':
		read_string(reader, ignored);
		break;
	case 't':
		read_word(reader, "true");
		break;
	case 'f':
		read_word(reader, "false");
		break;
	case 'n':
		read_word(reader, "null");
		break;
	default:
		read_number(reader);
	}
}

struct oracle
oracle_look(struct view text)
{
	struct oracle look = { 0 };
	char *copy = calloc(1, text.size + 1);
	struct reader reader = { copy, &look, 0, false };

	if (copy == NULL)
		abort();
	if (text.size > 0)
		memcpy(copy, text.data, text.size);
	skip(&reader);
	reader.wrong = *reader.at != '{';
	read_value(&reader);
	skip(&reader);
	look.valid = !reader.wrong && reader.at == copy + text.size && oracle_is_utf8(text);
	free(copy);
	return look;
}

char
oracle_verdict(long status, const struct oracle *look)
{
	static const long refusing[] = { 200, 400, 401, 403, 404, 409, 410, 422, 0 };
	size_t i;

	if (!look->valid || look->decisions != 1)
		return '-';
	if (look->decision == 't')
		return status == 200 || status == 201 ? '1' : '-';
	for (i = 0; look->decision == 'f' && refusing[i] != 0; i++) {
		if (status == refusing[i])
			return '0';
	}
	return '-';
}
