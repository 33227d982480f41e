/* SPDX-License-Identifier: ISC */
/*
 * From an answer to a verdict. The only place that grants; the
 * table is in extauth-https-api(7).
 */
#ifndef VERDICT_ANSWER_H
#define VERDICT_ANSWER_H

#include "core/answer.h"
#include "core/verdict.h"

/*
 * The verdict of an exchange that ended with HTTP status `status` and a whole
 * body that says `answer`.
 */
/*@ terminates \true;
  @ assigns \nothing;
  @ behavior granted:
  @	assumes answer == ANSWER_SUCCESS && (status == 200 || status == 201);
  @	ensures \result == VERDICT_GRANTED;
  @ behavior refused:
  @	assumes answer == ANSWER_FAILURE &&
  @		(status == 200 || status == 400 || status == 401 || status == 403 ||
  @		 status == 404 || status == 409 || status == 410 || status == 422);
  @	ensures \result == VERDICT_REFUSED;
  @ behavior unavailable:
  @	assumes !(answer == ANSWER_SUCCESS && (status == 200 || status == 201));
  @	assumes !(answer == ANSWER_FAILURE &&
  @		(status == 200 || status == 400 || status == 401 || status == 403 ||
  @		 status == 404 || status == 409 || status == 410 || status == 422));
  @	ensures \result == VERDICT_UNAVAILABLE;
  @ complete behaviors;
  @ disjoint behaviors;
  @*/
enum verdict verdict_of(long status, enum answer answer);

#endif
