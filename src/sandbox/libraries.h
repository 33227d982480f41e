/* SPDX-License-Identifier: ISC */
/*
 * The libraries that decide which system calls the processes make, and the versions of
 * them that the policies were tested with: a newer one may make a call that no rule names,
 * and is killed for it.
 */
#ifndef LIBRARIES_H
#define LIBRARIES_H

#include <stddef.h>

#define LIBRARIES_TEXT_MAX 256 /* bytes, with the final NUL */

/*
 * Gets the versions from the libraries. Called before a process is sealed; the functions below make
 * no system calls.
 */
void libraries_load(void);

/*
 * Returns the name of the C library, and sets `version` to its version; both are static.
 */
const char *libraries_libc(const char **version);

/*
 * Writes all of them with their versions, as "glibc 2.36, libcurl 7.88.1, OpenSSL 3.0.17".
 */
void libraries_list(char text[LIBRARIES_TEXT_MAX]);

/*
 * Writes those outside the tested range, as "glibc 2.50 (tested: 2.36 to 2.41)", or "none". Returns
 * their number.
 */
size_t libraries_untested(char text[LIBRARIES_TEXT_MAX]);

/*
 * The cure for a process that has made a forbidden call, before it had read anything but its
 * settings; follows the name of the call.
 */
#define LIBRARIES_CURE                                                                      \
	"it is not compromised, because it had read nothing but its settings: a library "   \
	"makes a call that the policy lacks. Install a newer extauth-https, or the former " \
	"libraries, and please report this line: libraries: "

#endif
