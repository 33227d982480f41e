/* SPDX-License-Identifier: ISC */
/*
 * The XMPP servers that can start this program: they read replies differently
 * (doc/protocol.md section 2.1).
 */
#ifndef XMPP_SERVER_H
#define XMPP_SERVER_H

enum xmpp_server {
	SERVER_EJABBERD,   /* 18.06 and later */
	SERVER_MONGOOSEIM, /* also ejabberd before 18.06 */
	SERVER_PROSODY,	   /* 0.12 and later, with the module auth_extauth_https */
};

/*
 * The server's name as in the setting "server". The string is constant.
 */
/*@ terminates \true;
  @ assigns \result \from server;
  @ ensures \valid_read(\result);
  @*/
const char *xmpp_server_name(enum xmpp_server server);

#endif
