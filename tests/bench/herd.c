/* SPDX-License-Identifier: ISC */
/*
 * What load 10,000 instances put on an API that comes back after an outage. Their
 * breakers are the real one (src/core/breaker.c); time and requests are simulated, with
 * a fixed seed and without floating point, so that the table is always the same.
 *
 * An instance gets requests at irregular intervals, fails at once while the API is
 * away, and needs one TLS handshake with its first request that gets through.
 */
#include "base/clock.h"
#include "core/breaker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INSTANCES 10000
#define BEGIN	  (10 * CLOCK_SECOND)  /* of the outage */
#define AFTER	  (120 * CLOCK_SECOND) /* simulated after its end */
#define BIN	  (CLOCK_SECOND / 10)
#define BINS	  ((size_t)(AFTER / BIN))
#define SEED	  UINT64_C(20140527)

enum policy {
	NO_BREAKER,
	NO_JITTER,
	AS_BUILT
};

static const char *const policy_names[] = { "no breaker", "no jitter", "as built" };

struct scene {
	int64_t outage;	  /* microseconds */
	int64_t interval; /* between an instance's requests, on average */
	enum policy policy;
};

struct toll {
	uint64_t attempts;	   /* in the last second of the outage */
	uint64_t handshakes[BINS]; /* by time after the API is back */
};

/* splitmix64 */
static uint64_t
draw(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* The outage and recovery of one instance. */
static void
live(const struct scene *scene, uint64_t *state, struct toll *toll)
{
	int64_t back = BEGIN + scene->outage, now = 0;
	struct breaker breaker = { 0, 0, 0 };
	bool available;
	uint32_t random;

	while (now < back + AFTER) {
		now += (int64_t)(draw(state) % (uint64_t)(2 * scene->interval)) + 1;
		if (now < BEGIN || !breaker_passes(&breaker, now))
			continue;
		available = now >= back;
		if (available) {
			size_t bin = (size_t)((now - back) / BIN);

			if (bin < BINS)
				toll->handshakes[bin]++;
			return;
		}
		if (now >= back - CLOCK_SECOND)
			toll->attempts++;
		random = scene->policy == NO_JITTER ? UINT32_MAX : (uint32_t)draw(state);
		if (scene->policy != NO_BREAKER)
			(void)breaker_note(&breaker, available, 0, now, random);
	}
}

/* The largest sum of `width` consecutive bins. */
static uint64_t
busiest(const struct toll *toll, size_t width)
{
	uint64_t most = 0, sum;
	size_t i, j;

	for (i = 0; i + width <= BINS; i++) {
		for (sum = 0, j = i; j < i + width; j++)
			sum += toll->handshakes[j];
		if (sum > most)
			most = sum;
	}
	return most;
}

/* Tenths of a second until this percentage of the instances is back. */
static size_t
until_back(const struct toll *toll, uint64_t percent)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < BINS && sum * 100 < percent * INSTANCES; i++)
		sum += toll->handshakes[i];
	return i;
}

static void
simulate(const struct scene *scene)
{
	uint64_t state = SEED;
	struct toll toll;
	size_t half, most;
	int i;

	memset(&toll, 0, sizeof(toll));
	for (i = 0; i < INSTANCES; i++)
		live(scene, &state, &toll);
	half = until_back(&toll, 50);
	most = until_back(&toll, 99);
	(void)printf("| %d s | %d | %s | %llu | %llu | %llu | %zu.%zu s | %zu.%zu s |\n",
		     (int)(scene->outage / CLOCK_SECOND), (int)(CLOCK_SECOND / scene->interval),
		     policy_names[scene->policy], (unsigned long long)toll.attempts,
		     (unsigned long long)busiest(&toll, 1), (unsigned long long)busiest(&toll, 10),
		     half / 10, half % 10, most / 10, most % 10);
}

int
main(void)
{
	static const int64_t outages[] = { 5 * CLOCK_SECOND, 60 * CLOCK_SECOND,
					   600 * CLOCK_SECOND };
	static const int64_t intervals[] = { CLOCK_SECOND, CLOCK_SECOND / 10 };
	size_t i, j;
	int policy;

	(void)printf("| outage | requests/s each | policy | attempts/s at its end "
		     "| handshakes in the busiest 0.1 s | in the busiest 1 s | half back after "
		     "| 99 %% back after |\n|---|---|---|---|---|---|---|---|\n");
	for (i = 0; i < sizeof(outages) / sizeof(outages[0]); i++) {
		for (j = 0; j < sizeof(intervals) / sizeof(intervals[0]); j++) {
			for (policy = NO_BREAKER; policy <= AS_BUILT; policy++) {
				struct scene scene = { outages[i], intervals[j],
						       (enum policy)policy };

				simulate(&scene);
			}
		}
	}
	return 0;
}
