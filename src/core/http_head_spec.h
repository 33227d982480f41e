/* SPDX-License-Identifier: ISC */
/*
 * Predicates and lemmas for the contracts of http_head.h.
 */
#ifndef HTTP_HEAD_SPEC_H
#define HTTP_HEAD_SPEC_H

/*@ predicate http_digit(integer byte) = '0' <= byte <= '9';
  @
  @ // RFC 9112, section 4: "HTTP/1." minor, a space, three digits, and then nothing or
  @ // a space and words
  @ predicate http_status_line{L}(struct view l) =
  @	12 <= l.size && l.data[0] == 'H' && l.data[1] == 'T' && l.data[2] == 'T' &&
  @	l.data[3] == 'P' && l.data[4] == '/' && l.data[5] == '1' && l.data[6] == '.' &&
  @	(l.data[7] == '0' || l.data[7] == '1') && l.data[8] == ' ' &&
  @	'1' <= l.data[9] <= '9' && http_digit(l.data[10]) && http_digit(l.data[11]) &&
  @	(l.size == 12 || l.data[12] == ' ');
  @
  @ logic integer http_code{L}(struct view l) =
  @	(l.data[9] - '0') * 100 + (l.data[10] - '0') * 10 + (l.data[11] - '0');
  @
  @ // RFC 9110, section 5.5: no control characters but tabs
  @ predicate http_text_byte(integer byte) = byte == '\t' || (' ' <= byte && byte != 0x7F);
  @
  @ predicate http_text{L}(struct view l) =
  @	\forall integer i; 0 <= i < l.size ==> http_text_byte(l.data[i]);
  @
  @ predicate http_letter(integer byte) = 'a' <= byte <= 'z' || 'A' <= byte <= 'Z';
  @
  @ // RFC 9110, section 5.6.2
  @ predicate http_token_byte(integer byte) =
  @	http_letter(byte) || http_digit(byte) || byte == '!' || byte == '#' || byte == '$' ||
  @	byte == '%' || byte == '&' || byte == '\'' || byte == '*' || byte == '+' || byte == '-' ||
  @	byte == '.' || byte == '^' || byte == '_' || byte == '`' || byte == '|' || byte == '~';
  @
  @ // RFC 9112, section 5: a token, and a colon right behind it
  @ predicate http_field_line{L}(struct view l) =
  @	http_text(l) && (\exists integer colon; 0 < colon < l.size && l.data[colon] == ':' &&
  @		(\forall integer i; 0 <= i < colon ==> http_token_byte(l.data[i])));
  @
  @ predicate http_head_sane(struct http_head *h) =
  @	h->length <= HTTP_BODY_MAX && h->framing <= 2;
  @*/

#endif
