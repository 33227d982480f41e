/* SPDX-License-Identifier: ISC */
#include "monitor/bad_addresses.h"

#include "monitor/resolver.h"

#include "base/clock.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static struct bad {
	struct address address;
	int64_t until; /* clock.h; 0: a free place */
} list[BAD_ADDRESSES_MAX];

bool
bad_addresses_same(const struct address *address, const struct address *other)
{
	return address->size == other->size &&
	       memcmp(&address->storage, &other->storage, address->size) == 0;
}

/* The place of a bad address, or else the one to use next. */
static struct bad *
find(const struct address *address)
{
	struct bad *oldest = &list[0];
	size_t i;

	for (i = 0; i < BAD_ADDRESSES_MAX; i++) {
		if (list[i].until != 0 && bad_addresses_same(&list[i].address, address))
			return &list[i];
		if (list[i].until < oldest->until)
			oldest = &list[i];
	}
	return oldest;
}

void
bad_addresses_note(const struct address *address)
{
	struct bad *place = find(address);

	place->address = *address;
	place->until = clock_now() + BAD_ADDRESSES_TIME;
}

static bool
is_bad(const struct address *address)
{
	const struct bad *place = find(address);

	return place->until > clock_now() && bad_addresses_same(&place->address, address);
}

void
bad_addresses_sort(struct resolved *resolved)
{
	struct address bad[RESOLVER_ADDRESSES_MAX];
	size_t i, good_count = 0, bad_count = 0;

	for (i = 0; i < resolved->count; i++) {
		if (is_bad(&resolved->addresses[i]))
			bad[bad_count++] = resolved->addresses[i];
		else
			resolved->addresses[good_count++] = resolved->addresses[i];
	}
	for (i = 0; i < bad_count; i++)
		resolved->addresses[good_count + i] = bad[i];
}
