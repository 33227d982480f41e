/* SPDX-License-Identifier: ISC */
/*
 * What the rest of the program relies on in settings that were accepted.
 */
#ifndef PROMISES_H
#define PROMISES_H

#include "base/view.h"
#include "settings/settings.h"

/*
 * Aborts unless `settings`, made from the file `text`, have all of these properties.
 */
void promises_check(struct settings *settings, struct view text);

#endif
