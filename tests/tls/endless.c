/* SPDX-License-Identifier: ISC */
/*
 * A server of TLS 1.3 that sends messages without data, without end, as fast as it can.
 * OpenSSL's own library makes them, because a client has to be able to decrypt each.
 *
 *     endless CERTIFICATES KEY before|after updates|requests|tickets
 *
 * It prints the port that it listens on, and serves one connection after the other: from the
 * handshake on, or after the first bytes of a request.
 */
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
send_one(SSL *ssl, const char *kind)
{
	int made;

	if (strcmp(kind, "tickets") == 0)
		made = SSL_new_session_ticket(ssl);
	else
		made = SSL_key_update(ssl, strcmp(kind, "requests") == 0
						   ? SSL_KEY_UPDATE_REQUESTED
						   : SSL_KEY_UPDATE_NOT_REQUESTED);
	return made == 1 && SSL_do_handshake(ssl) == 1;
}

static void
serve(SSL_CTX *context, int fd, char **how)
{
	SSL *ssl = SSL_new(context);
	char bytes[4096];

	if (SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1 &&
	    (strcmp(how[0], "before") == 0 || SSL_read(ssl, bytes, sizeof(bytes)) > 0)) {
		while (send_one(ssl, how[1]))
			continue;
	}
	SSL_free(ssl);
	(void)close(fd);
}

int
main(int argc, char **argv)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd;

	if (argc != 5 || SSL_CTX_use_certificate_chain_file(context, argv[1]) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, argv[2], SSL_FILETYPE_PEM) != 1 ||
	    bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 5) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		return 1;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)printf("%d\n", ntohs(address.sin_port));
	(void)fflush(stdout);
	while ((fd = accept(listener, NULL, NULL)) >= 0)
		serve(context, fd, argv + 3);
	return 1;
}
