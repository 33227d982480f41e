# SPDX-License-Identifier: ISC
"""The files an ejabberd reads when it starts, all in one folder."""
import json

# Debian's own /etc/ejabberd/inetrc, which an ordinary user cannot read: names are looked up in
# /etc/hosts first, so the name of the node never needs a resolver.
INETRC = """\
{lookup,["file","native"]}.
{host,{127,0,0,1}, ["localhost","hostalias"]}.
{file, resolv, "/etc/resolv.conf"}.
"""

# The port for ejabberdctl would listen on every interface.
VM_ARGUMENTS = "-kernel inet_dist_use_interface {127,0,0,1}\n"

# With ERL_DIST_PORT the node listens on that port and ejabberdctl goes there, and no epmd is
# started. It would still enter its name at an epmd that the machine happens to run, so it is
# sent to a port where nothing listens.
CONTROL = """\
ERLANG_NODE={node}
ERL_DIST_PORT={control_port}
export ERL_EPMD_PORT={nobodys_port}
ERL_OPTIONS="-env ERL_CRASH_DUMP_BYTES 0"
EJABBERD_PID_PATH={run}/pid
SPOOL_DIR={spool}
LOGS_DIR={logs}
"""


def ejabberd_yml(*, hosts, port, certificate, program, pool_size, use_cache, extra):
    """The smallest configuration that serves login, registration and ejabberdctl's account commands.

    Written as JSON, which is YAML: no value from a test can be misread for lack of quotes.
    """
    settings = {
        "hosts": list(hosts),
        "loglevel": "info",
        "certfiles": [str(certificate)],
        # It would ask Let's Encrypt for certificates.
        "acme": {"auto": False},
        "listen": [{
            "port": port, "ip": "127.0.0.1", "module": "ejabberd_c2s",
            "starttls": True, "starttls_required": True,
        }],
        "auth_method": ["external"],
        "extauth_program": program,
        "extauth_pool_size": pool_size,
        "auth_use_cache": use_cache,
        "acl": {"loopback": {"ip": ["127.0.0.0/8", "::1/128"]}},
        "access_rules": {"loopback": [{"allow": "loopback"}]},
        # The default lets an address register one account in ten minutes.
        "registration_timeout": "infinity",
        "modules": {
            "mod_admin_extra": {},  # check_account, check_password, change_password
            "mod_ping": {},
            "mod_register": {"ip_access": "loopback"},
        },
    }
    settings.update(extra or {})
    return json.dumps(settings, indent=1) + "\n"
