/* SPDX-License-Identifier: ISC */
/*
 * The libraries that decide which system calls the processes make, and the versions of
 * them that the policies were tried with: a newer one may make a call that no rule names,
 * and is killed for it.
 */
#ifndef LIBRARIES_H
#define LIBRARIES_H

#include <stddef.h>

#define LIBRARIES_TEXT_MAX 256 /* bytes, with the final NUL */

/*
 * Asks the libraries for their versions. Called before a process is sealed; the functions
 * below make no calls.
 */
void libraries_load(void);

/*
 * Writes all of them with their versions, as "glibc 2.36, libcurl 7.88.1, OpenSSL 3.0.17".
 */
void libraries_list(char text[LIBRARIES_TEXT_MAX]);

/*
 * Writes those outside the range that was tried, as "glibc 2.50 (tried: 2.36 to 2.41)", or
 * "none". Returns how many they are.
 */
size_t libraries_untried(char text[LIBRARIES_TEXT_MAX]);

/*
 * What to say, after the name of the call, of a process that has made a forbidden one
 * before it had read anything but its settings.
 */
#define LIBRARIES_CURE                                                                    \
	"nobody has taken it over, for it had read nothing but its settings: a library "  \
	"makes a call that the policy does not know yet. Install a newer extauth-https, " \
	"or the libraries that were there before, and please report this line: libraries: "

#endif
