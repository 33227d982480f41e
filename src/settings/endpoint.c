/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "settings/endpoint.h"

#include "base/fault.h"
#include "base/view.h"
#include "core/host_name.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Copies one part of a URL, to be freed. False when the URL has none. */
static bool
url_part(CURLU *url, CURLUPart part, unsigned int flags, char **copy)
{
	char *text = NULL;

	if (curl_url_get(url, part, &text, flags) != CURLUE_OK)
		return false;
	*copy = strdup(text);
	curl_free(text);
	return *copy != NULL;
}

static bool
url_has(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool has = url_part(url, part, 0, &text);

	free(text);
	return has;
}

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text <= ' ' || *text > '~')
			return false;
	}
	return true;
}

static void
remove_brackets(char *host)
{
	size_t length = strlen(host);

	if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
		memmove(host, host + 1, length - 2);
		host[length - 2] = '\0';
	}
}

static bool
is_ip_address(const char *host)
{
	uint8_t address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static void
remove_final_slashes(char *url)
{
	size_t length;

	for (length = strlen(url); length > 0 && url[length - 1] == '/'; length--)
		url[length - 1] = '\0';
}

/* Brings the host, in URL and endpoint, into the form that certificates use; only lookups use a
 * final dot. */
static int
normalise_host(struct endpoint *endpoint, CURLU *url)
{
	struct view given = { (const uint8_t *)endpoint->host, strlen(endpoint->host) };

	endpoint->lookup = strdup(endpoint->host);
	if (endpoint->lookup == NULL)
		return -1;
	endpoint->host[host_name_normal(given, HOST_NAME_DNS, (uint8_t *)endpoint->host)] = '\0';
	return curl_url_set(url, CURLUPART_HOST, endpoint->host, 0) == CURLUE_OK ? 0 : -1;
}

/* Fills *endpoint from a URL that libcurl has parsed. */
static int
fill(struct endpoint *endpoint, CURLU *url, const char *text, struct fault *fault)
{
	char *port = NULL;

	if (url_has(url, CURLUPART_QUERY) || url_has(url, CURLUPART_FRAGMENT))
		return fault_set(fault, "\"%s\" has a query or fragment; only a path may follow",
				 text);
	if (url_has(url, CURLUPART_ZONEID)) /* libcurl would create a socket to look it up */
		return fault_set(fault,
				 "\"%s\" has a zone; addresses that are valid on one link only are "
				 "not supported",
				 text);
	if (!url_part(url, CURLUPART_HOST, 0, &endpoint->host) ||
	    normalise_host(endpoint, url) < 0 ||
	    !url_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT, &port) ||
	    !url_part(url, CURLUPART_PATH, 0, &endpoint->path) ||
	    !url_part(url, CURLUPART_URL, CURLU_NO_DEFAULT_PORT, &endpoint->url)) {
		free(port);
		return fault_set(fault, "\"%s\" cannot be parsed", text);
	}
	(void)snprintf(endpoint->port, sizeof(endpoint->port), "%s", port);
	free(port);
	if (strcmp(endpoint->port, "0") == 0)
		return fault_set(fault, "\"%s\" has port 0, which is not valid", text);
	remove_brackets(endpoint->host);
	remove_brackets(endpoint->lookup);
	remove_final_slashes(endpoint->url);
	remove_final_slashes(endpoint->path);
	endpoint->is_address = is_ip_address(endpoint->host);
	if (strlen(endpoint->url) > SETTINGS_URL_MAX)
		return fault_set(fault, "the URL is longer than %d bytes", SETTINGS_URL_MAX);
	return 0;
}

int
endpoint_parse(struct endpoint *endpoint, const char *url, struct fault *fault)
{
	CURLU *parts;
	int result;

	*endpoint = (struct endpoint){ 0 };
	/* the rest may be a secret, which no message repeats */
	if (strchr(url, '@') != NULL)
		return fault_set(fault, "must not hold an @: basic_file is for a user and a "
					"password, and a path has it as %%40");
	if (strncasecmp(url, "http://", 7) == 0)
		return fault_set(
			fault,
			"\"%s\" would send passwords in the clear; only https:// is spoken. "
			"Put a TLS server such as nginx in front of a local API",
			url);
	if (strncasecmp(url, "https://", 8) != 0)
		return fault_set(fault, "\"%s\" does not start with https://", url);
	if (url[8] == '/') /* libcurl would search for the host after it */
		return fault_set(fault, "\"%s\" has no host after https://", url);
	if (!is_ascii(url))
		return fault_set(fault,
				 "\"%s\" is not plain ASCII; write the name in its xn-- form and "
				 "other characters as %%XX",
				 url);
	parts = curl_url();
	if (parts == NULL || curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK)
		result = fault_set(fault, "\"%s\" is not a valid URL", url);
	else
		result = fill(endpoint, parts, url, fault);
	curl_url_cleanup(parts);
	if (result < 0)
		endpoint_free(endpoint);
	return result;
}

int
endpoint_copy(struct endpoint *to, const struct endpoint *from)
{
	*to = *from;
	to->url = strdup(from->url);
	to->path = strdup(from->path);
	to->host = strdup(from->host);
	to->lookup = strdup(from->lookup);
	if (to->url != NULL && to->path != NULL && to->host != NULL && to->lookup != NULL)
		return 0;
	endpoint_free(to);
	return -1;
}

void
endpoint_free(struct endpoint *endpoint)
{
	free(endpoint->url);
	free(endpoint->path);
	free(endpoint->host);
	free(endpoint->lookup);
	*endpoint = (struct endpoint){ 0 };
}
