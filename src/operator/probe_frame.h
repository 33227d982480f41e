/* SPDX-License-Identifier: ISC */
/*
 * The frames that --check sends, about an account that should not exist.
 */
#ifndef PROBE_FRAME_H
#define PROBE_FRAME_H

#include "core/frame.h"
#include "core/request.h"

#include <stddef.h>
#include <stdint.h>

#define PROBE_USER	"extauth-https-check" /* hopefully of no account */
#define PROBE_PASSWORD	"not the password of any account"
#define PROBE_FRAME_MAX (FRAME_HEADER_SIZE + 2 * REQUEST_NAME_MAX + 64) /* bytes */

/*
 * Writes a frame that asks whether PROBE_USER exists at `host`, or whether it can
 * log in with PROBE_PASSWORD. For "*.SUFFIX" the host is one below it. Returns the
 * size in bytes.
 */
size_t probe_frame_exists(const char *host, uint8_t frame[PROBE_FRAME_MAX]);
size_t probe_frame_login(const char *host, uint8_t frame[PROBE_FRAME_MAX]);

#endif
