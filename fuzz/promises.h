/* SPDX-License-Identifier: ISC */
/*
 * What settings that were accepted promise to the rest of the program.
 */
#ifndef PROMISES_H
#define PROMISES_H

#include "base/view.h"
#include "settings/settings.h"

/*
 * Aborts unless `settings`, made of the file `text`, keep every promise.
 */
void promises_check(struct settings *settings, struct view text);

#endif
