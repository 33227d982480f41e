/* SPDX-License-Identifier: ISC */
/*
 * Runs a harness on files, and on those in directories, without a fuzzing engine.
 * Each input is copied to a block of exactly its size, so that the sanitizers
 * see a read beyond its end.
 *
 *     fuzz_NAME [-s SECONDS FLOOR] FILE|DIRECTORY...
 *
 * With -s the inputs are run over and over for that long, of processor time, and
 * it fails when there are less executions per second than the floor.
 */
#define _GNU_SOURCE
#include "fuzz.h"

#include <fts.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define SECONDS_MAX 30 /* for one input, on a busy machine; milliseconds are usual */

struct inputs {
	struct view *list;
	size_t count;
};

static const char *current; /* file; named when its run crashes */

static void
name_culprit(int number)
{
	(void)!write(STDERR_FILENO, current, strlen(current));
	if (number == SIGALRM)
		(void)!write(STDERR_FILENO, ": takes too long\n", 17);
	else
		(void)!write(STDERR_FILENO, ": crashes\n", 10);
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

/* Reads a file and runs it for the first time. */
static void
add(struct inputs *inputs, const char *path)
{
	FILE *file = fopen(path, "rb");
	struct view input;
	uint8_t *data;
	long size;

	MUST(file != NULL && fseek(file, 0, SEEK_END) == 0);
	size = ftell(file);
	MUST(size >= 0 && fseek(file, 0, SEEK_SET) == 0);
	/* a block of no bytes must not be read at all */
	data = malloc((size_t)size);
	MUST(data != NULL);
	MUST(fread(data, 1, (size_t)size, file) == (size_t)size);
	(void)fclose(file);
	input = (struct view){ data, (size_t)size };
	inputs->list = realloc(inputs->list, (inputs->count + 1) * sizeof(input));
	MUST(inputs->list != NULL);
	inputs->list[inputs->count++] = input;
	current = path;
	(void)alarm(SECONDS_MAX);
	MUST(LLVMFuzzerTestOneInput(input.data, input.size) == 0);
	(void)alarm(0);
}

/* Runs all inputs until the time is over. Returns executions per second. */
static double
measure(const struct inputs *inputs, double seconds)
{
	clock_t start = clock(), used = 0;
	size_t i, count = 0;

	while ((double)used < seconds * CLOCKS_PER_SEC) {
		for (i = 0; i < inputs->count; i++)
			(void)LLVMFuzzerTestOneInput(inputs->list[i].data, inputs->list[i].size);
		count += inputs->count;
		used = clock() - start;
	}
	return (double)count * CLOCKS_PER_SEC / (double)used;
}

int
main(int argc, char **argv)
{
	struct inputs inputs = { NULL, 0 };
	double seconds = 0, least = 0, speed = 0;
	FTSENT *entry;
	FTS *tree;

	if (argc > 3 && strcmp(argv[1], "-s") == 0) {
		seconds = strtod(argv[2], NULL);
		least = strtod(argv[3], NULL);
		argv += 3;
	}
	(void)signal(SIGABRT, name_culprit);
	(void)signal(SIGALRM, name_culprit);
	tree = fts_open(argv + 1, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	MUST(tree != NULL);
	while ((entry = fts_read(tree)) != NULL) {
		if (entry->fts_info == FTS_F)
			add(&inputs, entry->fts_accpath);
	}
	(void)fts_close(tree);
	MUST(inputs.count > 0);
	printf("%zu inputs", inputs.count);
	if (seconds > 0) {
		speed = measure(&inputs, seconds);
		printf(", %.0f executions/s (at least %.0f)", speed, least);
	}
	printf("\n");
	while (inputs.count > 0)
		free((void *)inputs.list[--inputs.count].data);
	free(inputs.list);
	return speed < least ? EXIT_FAILURE : EXIT_SUCCESS;
}
