/* SPDX-License-Identifier: ISC */
#include "settings/api.h"

#include "base/fault.h"
#include "core/contract.h"

#include <curl/curl.h>
#include <string.h>

int
api_check(const struct api *api, struct fault *fault)
{
	if (api->endpoints.count == 0)
		return fault_set(fault, "no URL is given: the API's https:// address is needed");
	if ((api->client_certificate == NULL) != (api->client_key == NULL))
		return fault_set(fault, "client_certificate and client_key need each other");
	if ((api->bearer_file != NULL) + (api->basic_file != NULL) + (api->hmac_key_file != NULL) >
	    1)
		return fault_set(fault, "bearer_file, basic_file and hmac_key_file exclude each "
					"other");
	return 0;
}

const char *
api_ca_file(const struct api *api)
{
	/* the system's store is the bundle that this build of libcurl uses */
	return api->ca_file != NULL ? api->ca_file : curl_version_info(CURLVERSION_NOW)->cainfo;
}

const char *
api_path(const struct api *api, enum operation operation)
{
	return api->paths[operation] != NULL ? api->paths[operation] : contract_path(operation);
}

bool
api_has_operation(const struct api *api, enum operation operation)
{
	return api->operations == 0 || (api->operations >> operation & 1) != 0;
}

bool
api_same_place(const struct api *api, const struct api *other)
{
	return api->endpoints.count == other->endpoints.count &&
	       strcmp(api->endpoints.list[0].url, other->endpoints.list[0].url) == 0;
}

bool
api_same_file(const char *path, const char *other)
{
	return path == other || (path != NULL && other != NULL && strcmp(path, other) == 0);
}
