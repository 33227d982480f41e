/* SPDX-License-Identifier: ISC */
/*
 * What is resident of code and constants. Libraries are read all over while they are
 * linked and set up; what is needed afterwards is a part of that.
 */
#ifndef RESIDENT_H
#define RESIDENT_H

/*
 * Gives back the pages of the program and its libraries that were mapped from files and
 * cannot have been written. Those that are needed again come from the page cache. Must be
 * called before the walls are raised (walls.h): what is sealed stays. That it fails does
 * no harm.
 */
void resident_give_back(void);

#endif
