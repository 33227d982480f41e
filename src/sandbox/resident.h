/* SPDX-License-Identifier: ISC */
/*
 * The resident pages of code and constants. Linking and set-up read all of the libraries;
 * afterwards only a part is needed.
 */
#ifndef RESIDENT_H
#define RESIDENT_H

/*
 * Gives back pages of the program and its libraries that were mapped from files and cannot have
 * been written. Pages that are needed again come from the page cache. Must be called before the
 * walls are raised (walls.h): sealed pages stay. A failure does no harm.
 */
void resident_give_back(void);

#endif
