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
#include "core/request.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The largest body: the two names and the separator between them, the longest
 * password that fits in a frame, everything escaped, and the JSON around it.
 */
#define CONTRACT_BODY_MAX (JSON_WIDTH_MAX * FRAME_PAYLOAD_MAX + 64)

/*
 * The path that the contract gives to an operation: "login", "exists", …
 * Two operations share "remove". The string is constant.
 */
/*@ terminates \true;
  @ assigns \result \from operation;
  @*/
const char *contract_path(enum operation operation);

/*
 * Writes the JSON body of `request` to body, and returns its length in bytes. The request is
 * REQUEST_VALID from request_parse(), of one frame, so the body always fits. It holds the password,
 * if any, so it must be in secret memory.
 */
/*@ requires request_readable(request) &&
  @	request->user.size + request->host.size + request->password.size <= FRAME_PAYLOAD_MAX;
  @ requires \valid(body + (0 .. CONTRACT_BODY_MAX - 1));
  @ requires \separated(request, body + (0 .. CONTRACT_BODY_MAX - 1));
  @ requires \separated(body + (0 .. CONTRACT_BODY_MAX - 1), request->user.data +
  @	(0 .. request->user.size - 1));
  @ requires \separated(body + (0 .. CONTRACT_BODY_MAX - 1), request->host.data +
  @	(0 .. request->host.size - 1));
  @ requires \separated(body + (0 .. CONTRACT_BODY_MAX - 1), request->password.data +
  @	(0 .. request->password.size - 1));
  @ terminates \true;
  @ assigns body[0 .. CONTRACT_BODY_MAX - 1];
  @ ensures nothing_is_cut: \result <= CONTRACT_BODY_MAX &&
  @	\result <= 30 + JSON_WIDTH_MAX *
  @	(request->user.size + request->host.size + request->password.size);
  @*/
size_t contract_body(const struct request *request, uint8_t body[CONTRACT_BODY_MAX]);

#endif
