/* SPDX-License-Identifier: ISC */
/* A library that prints, in the middle of a request. */
#include "core/contract.h"
#include "core/request.h"

#include <stdio.h>
#include <unistd.h>

size_t __real_contract_body(const struct request *request, uint8_t body[CONTRACT_BODY_MAX]);
size_t __wrap_contract_body(const struct request *request, uint8_t body[CONTRACT_BODY_MAX]);

size_t
__wrap_contract_body(const struct request *request, uint8_t body[CONTRACT_BODY_MAX])
{
	static const char words[] = "a library has something to say\n";
	ssize_t written = write(STDOUT_FILENO, words, sizeof(words) - 1);

	(void)written;
	return __real_contract_body(request, body);
}
