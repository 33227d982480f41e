/* SPDX-License-Identifier: ISC */
#include "core/verdict_answer.h"

#include <stdbool.h>

/*@ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> status == 200 || status == 201;
  @*/
static bool
status_may_grant(long status)
{
	return status == 200 || status == 201;
}

/*@ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> status == 200 || status == 400 || status == 401 || status == 403 ||
  @	status == 404 || status == 409 || status == 410 || status == 422;
  @*/
static bool
status_may_refuse(long status)
{
	return status == 200 || status == 400 || status == 401 || status == 403 || status == 404 ||
	       status == 409 || status == 410 || status == 422;
}

enum verdict
verdict_of(long status, enum answer answer)
{
	if (answer == ANSWER_SUCCESS && status_may_grant(status))
		return VERDICT_GRANTED;
	if (answer == ANSWER_FAILURE && status_may_refuse(status))
		return VERDICT_REFUSED;
	return VERDICT_UNAVAILABLE;
}
