/* SPDX-License-Identifier: ISC */
/*
 * The contract with the API, extauth-https-api(7): the path and the JSON body of a request.
 * Answers are in answer.h and verdict_answer.h.
 */
#ifndef CONTRACT_H
#define CONTRACT_H

#include "base/writer.h"
#include "core/frame.h"
#include "core/operation.h"

#include <stddef.h>
#include <stdint.h>

struct request;

/*
 * The largest body: the two names and the separator between them, the longest
 * password that fits in a frame, everything escaped, and the JSON around it.
 */
#define CONTRACT_BODY_MAX (JSON_WIDTH_MAX * FRAME_PAYLOAD_MAX + 64)

/*
 * The path that the contract gives to an operation: "login", "exists", …
 * Two operations share "remove". The string is constant.
 */
const char *contract_path(enum operation operation);

/*
 * Writes the JSON body of `request` to body, and returns its length in bytes.
 * The request came out of request_parse() as REQUEST_VALID, from one frame, so
 * the body always fits. It holds the password, if any: it lives in secret
 * memory.
 */
size_t contract_body(const struct request *request, uint8_t body[CONTRACT_BODY_MAX]);

#endif
