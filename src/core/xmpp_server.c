/* SPDX-License-Identifier: ISC */
#include "core/xmpp_server.h"

const char *
xmpp_server_name(enum xmpp_server server)
{
	switch (server) {
	case SERVER_EJABBERD:
		return "ejabberd";
	case SERVER_MONGOOSEIM:
		return "mongooseim";
	case SERVER_PROSODY:
		return "prosody";
	}
	return "unknown";
}
