/* SPDX-License-Identifier: ISC */
/*
 * A plain libcurl loop, as its documentation shows it: one easy handle whose
 * options are set once, curl_easy_perform() for each request.
 */
#include "meter.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX 16384

struct client {
	CURL *easy;
	struct curl_slist *headers;
	size_t size;
	char answer[ANSWER_MAX];
};

static size_t
on_body(char *data, size_t one, size_t size, void *context)
{
	struct client *client = context;

	(void)one;
	if (size >= ANSWER_MAX - client->size)
		return 0;
	memcpy(client->answer + client->size, data, size);
	client->size += size;
	return size;
}

static void *
open_client(const struct meter_target *target)
{
	struct client *client = calloc(1, sizeof(*client));
	char url[1024];

	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	if (client == NULL || (client->easy = curl_easy_init()) == NULL)
		meter_fail("libcurl", "out of memory");
	client->headers = curl_slist_append(NULL, "Content-Type: application/json");
	client->headers = curl_slist_append(client->headers, "Accept: application/json");
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%s%s", target->port, target->path);
	if (curl_easy_setopt(client->easy, CURLOPT_URL, url) != CURLE_OK ||
	    curl_easy_setopt(client->easy, CURLOPT_CAINFO, target->ca_file) != CURLE_OK ||
	    curl_easy_setopt(client->easy, CURLOPT_HTTPHEADER, client->headers) != CURLE_OK ||
	    curl_easy_setopt(client->easy, CURLOPT_USERAGENT, "libcurl") != CURLE_OK ||
	    curl_easy_setopt(client->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) !=
		    CURLE_OK ||
	    curl_easy_setopt(client->easy, CURLOPT_NOSIGNAL, 1L) != CURLE_OK ||
	    curl_easy_setopt(client->easy, CURLOPT_POSTFIELDS, METER_BODY) != CURLE_OK ||
	    curl_easy_setopt(client->easy, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK ||
	    curl_easy_setopt(client->easy, CURLOPT_WRITEDATA, client) != CURLE_OK)
		meter_fail("libcurl", "an option is not known");
	return client;
}

static void
exchange(void *context)
{
	struct client *client = context;
	long status = 0;

	client->size = 0;
	if (curl_easy_perform(client->easy) != CURLE_OK ||
	    curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
		meter_fail("libcurl", "the request fails");
	client->answer[client->size] = '\0';
	if (status != 200 || strstr(client->answer, "{\"success\": true}") == NULL)
		meter_fail("libcurl", "not the answer that was expected");
}

int
main(int argc, char **argv)
{
	return meter_main(argc, argv, open_client, exchange);
}
