/* SPDX-License-Identifier: ISC */
/*
 * Host names in a normal form, so that equal names compare equal: without the final dot that DNS
 * allows, and with ASCII in lower case.
 *
 * Pure and bounded; it does not validate names. A label that only begins like an A-label is left
 * unchanged, and so are capital letters beyond ASCII, which no server sends.
 */
#ifndef HOST_NAME_H
#define HOST_NAME_H

#include "base/view.h"

#include <stddef.h>
#include <stdint.h>

/* A label of A ASCII letters stands for fewer than A characters, of up to 4 bytes. */
#define HOST_NAME_GROWTH ((size_t)4)

enum host_name_form {
	/* A-labels (xn--...) are kept, as in DNS and certificates */
	HOST_NAME_DNS,
	/* each becomes the Unicode that it stands for, in UTF-8, as ejabberd and MongooseIM
	 * write their hosts (doc/protocol.md section 1.1, "Field contents") */
	HOST_NAME_XMPP,
};

/*
 * Writes the normal form of `name` to `normal`, which has room for
 * HOST_NAME_GROWTH * name.size bytes (name.size for HOST_NAME_DNS), and returns its
 * length in bytes.
 */
size_t host_name_normal(struct view name, enum host_name_form form, uint8_t *normal);

#endif
