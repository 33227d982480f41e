/* SPDX-License-Identifier: ISC */
/*
 * The floor: the least that a client of this API can do. One kept TLS connection, a
 * request that is prepared in advance, and an answer that is read until as many
 * bytes have come as its Content-Length says.
 */
#define _GNU_SOURCE
#include "meter.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define ADDRESS	   "127.0.0.1"
#define ANSWER_MAX 16384

struct client {
	SSL *tls;
	char request[1024];
	int request_size;
	char answer[ANSWER_MAX];
};

static int
connect_to(const char *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	address.sin_port = htons((uint16_t)atoi(port));
	(void)inet_pton(AF_INET, ADDRESS, &address.sin_addr);
	if (connection < 0 ||
	    connect(connection, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
		meter_fail("floor", "cannot connect");
	return connection;
}

static void *
open_client(const struct meter_target *target)
{
	struct client *client = calloc(1, sizeof(*client));
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (client == NULL || context == NULL ||
	    SSL_CTX_load_verify_file(context, target->ca_file) != 1)
		meter_fail("floor", "cannot read the CA");
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_read_ahead(context, 1);
	client->tls = SSL_new(context);
	if (client->tls == NULL ||
	    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(client->tls), ADDRESS) != 1 ||
	    SSL_set_fd(client->tls, connect_to(target->port)) != 1 || SSL_connect(client->tls) != 1)
		meter_fail("floor", "no TLS connection");
	client->request_size =
		snprintf(client->request, sizeof(client->request),
			 "POST %s HTTP/1.1\r\nHost: " ADDRESS ":%s\r\n"
			 "Content-Type: application/json\r\nAccept: application/json\r\n"
			 "User-Agent: floor\r\nContent-Length: %zu\r\n\r\n" METER_BODY,
			 target->path, target->port, strlen(METER_BODY));
	return client;
}

/* The size of the answer that begins with these `size` bytes, or 0 as long as it
 * is not known. */
static size_t
answer_size(const char *answer, size_t size)
{
	const char *end = memmem(answer, size, "\r\n\r\n", 4);
	const char *length = memmem(answer, size, "Content-Length:", 15);

	if (end == NULL)
		return 0;
	if (length == NULL || length > end)
		meter_fail("floor", "the answer has no Content-Length");
	return (size_t)(end + 4 - answer) + strtoul(length + 15, NULL, 10);
}

static void
exchange(void *context)
{
	struct client *client = context;
	size_t held = 0, size = 0;

	if (SSL_write(client->tls, client->request, client->request_size) != client->request_size)
		meter_fail("floor", "the request cannot be sent");
	while (size == 0 || held < size) {
		int count =
			SSL_read(client->tls, client->answer + held, (int)(ANSWER_MAX - 1 - held));

		if (count <= 0)
			meter_fail("floor", "the answer ends early");
		held += (size_t)count;
		size = answer_size(client->answer, held);
	}
	client->answer[held] = '\0';
	if (strstr(client->answer, "{\"success\": true}") == NULL)
		meter_fail("floor", "not the answer that was expected");
}

int
main(int argc, char **argv)
{
	return meter_main(argc, argv, open_client, exchange);
}
