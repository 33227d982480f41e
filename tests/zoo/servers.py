# SPDX-License-Identifier: ISC
"""
Servers that APIs are written for, each as Debian ships it and with its own defaults, in a folder
and on ports of its own. None of them was made for these tests; ours are only the API of a few lines
in each server's language (apis/), and the configuration of TLS and a port.

    with start("nginx, php-fpm") as server:
        server.url, server.ca_file
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

HERE = Path(__file__).parent
APIS = HERE / "apis"
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "api")]

from certificates import Authority  # noqa: E402
from ejabberd.ports import Reservation  # noqa: E402

SECONDS = 30  # far more than any of them needs to start
PHP_FPM = next(iter(sorted(Path("/usr/sbin").glob("php-fpm[0-9]*"))), Path("/usr/sbin/php-fpm"))
PYTHON = "/usr/bin/python3"

FILES = {
    "php-fpm.conf": """
[global]
error_log = {folder}/php-fpm.log
daemonize = no
[www]
listen = {folder}/php.sock
listen.mode = 0666
user = nobody
group = nogroup
pm = static
pm.max_children = 2
""",
    "nginx.conf": """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/errors warn;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t;
    uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        location / {{
            include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_FILENAME {folder}/api.php;
            fastcgi_pass unix:{folder}/php.sock;
        }}
    }}
}}
""",
    "apache.conf": """
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
ErrorLog {folder}/errors
DefaultRuntimeDir {folder}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule socache_shmcb_module /usr/lib/apache2/modules/mod_socache_shmcb.so
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_fcgi_module /usr/lib/apache2/modules/mod_proxy_fcgi.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
User nobody
Group nogroup
SSLEngine on
SSLCertificateFile {certificate}
SSLCertificateKeyFile {key}
AliasMatch ^/api/ {folder}/api.php
<FilesMatch "[.]php$">
    SetHandler "proxy:unix:{folder}/php.sock|fcgi://localhost"
</FilesMatch>
""",
    "lighttpd.conf": """
server.modules = ("mod_openssl", "mod_rewrite", "mod_fastcgi")
server.document-root = "{folder}"
server.errorlog = "{folder}/errors"
server.bind = "127.0.0.1"
server.port = {port}
ssl.engine = "enable"
ssl.pemfile = "{certificate}"
ssl.privkey = "{key}"
url.rewrite-once = ("^/api/" => "/api.php")
fastcgi.server = (".php" => (("socket" => "{folder}/php.sock")))
""",
    "haproxy.cfg": """
defaults
    mode http
    timeout connect 5s
    timeout client 50s
    timeout server 50s
frontend tls
    bind 127.0.0.1:{port} ssl crt {folder}/both.pem
    default_backend node
backend node
    server node 127.0.0.1:{behind}
""",
    "Caddyfile": """
{{
    admin off
    auto_https off
    storage file_system {folder}
}}
https://127.0.0.1:{port} {{
    bind 127.0.0.1
    tls {certificate} {key}
    reverse_proxy 127.0.0.1:{behind}
}}
""",
    "stunnel.conf": """
foreground = yes
pid =
output = {folder}/errors
[api]
accept = 127.0.0.1:{port}
connect = 127.0.0.1:{behind}
cert = {certificate}
key = {key}
""",
}

FPM = [str(PHP_FPM), "--fpm-config", "{folder}/php-fpm.conf", "--nodaemonize",
       *(["--allow-to-run-as-root"] if os.getuid() == 0 else [])]
NODE_BEHIND = ["node", "{apis}/api_node.js", "{behind}"]
STUNNEL = ["stunnel4", "{folder}/stunnel.conf"]

# By name: Debian's packages, and the commands to start; the last one listens.
SERVERS = {
    "nginx, php-fpm": (("nginx", "php-fpm"), [FPM, ["nginx", "-e", "{folder}/errors", "-c",
                                                    "{folder}/nginx.conf"]]),
    "Apache, php-fpm": (("apache2", "php-fpm"), [FPM, ["apache2", "-X", "-d", "{folder}", "-f",
                                                       "{folder}/apache.conf"]]),
    "lighttpd, php-fpm": (("lighttpd", "lighttpd-mod-openssl", "php-fpm"),
                          [FPM, ["lighttpd", "-D", "-f", "{folder}/lighttpd.conf"]]),
    "HAProxy, Node": (("haproxy", "nodejs"), [NODE_BEHIND, ["haproxy", "-db", "-f",
                                                            "{folder}/haproxy.cfg"]]),
    "Caddy, uvicorn": (("caddy", "uvicorn"),
                       [["uvicorn", "--log-level", "warning", "--app-dir", "{apis}", "--port",
                         "{behind}", "api_asgi:application"],
                        ["caddy", "run", "--adapter", "caddyfile", "--config",
                         "{folder}/Caddyfile"]]),
    "Python http.server": (("python3",), [[PYTHON, "-B", "{apis}/api_http_server.py", "{port}",
                                           "{certificate}", "{key}"]]),
    "gunicorn": (("gunicorn",), [["gunicorn", "--chdir", "{apis}", "--bind", "127.0.0.1:{port}",
                                  "--certfile", "{certificate}", "--keyfile", "{key}",
                                  "--worker-tmp-dir", "{folder}", "api_wsgi:application"]]),
    "gunicorn, threads": (("gunicorn",),
                          [["gunicorn", "--chdir", "{apis}", "--bind", "127.0.0.1:{port}",
                            "--certfile", "{certificate}", "--keyfile", "{key}", "--threads", "4",
                            "--worker-tmp-dir", "{folder}", "api_wsgi:application"]]),
    "uvicorn": (("uvicorn",), [["uvicorn", "--log-level", "warning", "--app-dir", "{apis}",
                                "--port", "{port}", "--ssl-certfile", "{certificate}",
                                "--ssl-keyfile", "{key}", "api_asgi:application"]]),
    "Flask": (("python3-flask",), [[PYTHON, "-B", "{apis}/api_flask.py", "{port}",
                                    "{certificate}", "{key}"]]),
    "stunnel, Django": (("stunnel4", "python3-django"),
                        [[PYTHON, "-B", "{apis}/api_django.py", "{behind}"], STUNNEL]),
    "Node": (("nodejs",), [["node", "{apis}/api_node.js", "{port}", "{certificate}", "{key}"]]),
    "Express": (("node-express",), [["node", "{apis}/api_express.js", "{port}", "{certificate}",
                                     "{key}"]]),
    "stunnel, php -S": (("stunnel4", "php-cli"),
                        [["php", "-S", "127.0.0.1:{behind}", "{apis}/api.php"], STUNNEL]),
    "puma": (("puma",), [["puma", "--dir", "{folder}", "--bind",
                          "ssl://127.0.0.1:{port}?key={key}&cert={certificate}",
                          "{apis}/config.ru"]]),
    "webrick": (("ruby-webrick",), [["ruby", "{apis}/api_webrick.rb", "{port}", "{certificate}",
                                     "{key}"]]),
    "Go": (("golang-go",), [["{folder}/api_go", "{port}", "{certificate}", "{key}"]]),
}

# Searched where the packages install them, whatever PATH is.
SEARCH = "/usr/sbin:/usr/bin:/sbin:/bin"


def missing(name):
    """The packages of a server that are not installed."""
    return [package for package in SERVERS[name][0] if subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", package], capture_output=True,
        text=True, check=False).stdout != "installed"]


class Server:
    def __init__(self, url, ca_file):
        self.url, self.ca_file = url, ca_file


def environment(folder):
    return {"PATH": SEARCH, "HOME": str(folder), "PYTHONPATH": str(APIS), "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1", "NODE_PATH": "/usr/share/nodejs"}


def prepare(folder, values):
    """Writes the files that the servers read."""
    for file, text in FILES.items():
        (folder / file).write_text(text.format(**values))
    shutil.copy(APIS / "api.php", folder)
    both = Path(values["certificate"]).read_text() + Path(values["key"]).read_text()
    (folder / "both.pem").write_text(both)


def listens(port):
    """Whether a process listens there, according to the kernel: a connection might be counted."""
    wanted = f"{port:04X}"
    return any(line.split()[1].endswith(":" + wanted) and line.split()[3] == "0A"
               for line in Path("/proc/net/tcp").read_text().splitlines()[1:])


def await_port(process, port, log):
    until = time.monotonic() + SECONDS
    while not listens(port):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"{process.args[0]} does not listen:\n{log.read_text()}")
        time.sleep(0.01)


def await_file(process, file, log):
    until = time.monotonic() + SECONDS
    while not file.exists():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"{process.args[0]} makes no {file}:\n{log.read_text()}")
        time.sleep(0.01)


@contextmanager
def running(command, folder, number):
    log = folder / f"log.{number}"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                   env=environment(folder), cwd=folder, start_new_session=True)
    try:
        yield process, log
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def build_go(folder):
    subprocess.run(["go", "build", "-o", folder / "api_go", APIS / "api.go"], check=True,
                   env=environment(folder) | {"GOCACHE": str(folder / "go"), "GOFLAGS": "-mod=mod",
                                              "GO111MODULE": "off"})


@contextmanager
def new_folder():
    """Servers and program read this folder as users other than root; what they trust must not be
    writable for others."""
    with tempfile.TemporaryDirectory(prefix="extauth-zoo-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@contextmanager
def start(name):
    """Runs one of SERVERS until the end of the with block."""
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder())
        authority = Authority(folder / "certificates")
        certificate, key = authority.issue(names=["localhost"], ips=["127.0.0.1"])
        port, behind = (stack.enter_context(_reserved()) for _ in range(2))
        values = {"folder": folder, "apis": APIS, "port": port, "behind": behind,
                  "certificate": certificate, "key": key}
        prepare(folder, values)
        if name == "Go":
            build_go(folder)
        for number, command in enumerate(SERVERS[name][1]):
            words = [word.format(**values) for word in command]
            words[0] = shutil.which(words[0], path=SEARCH) or words[0]
            process, log = stack.enter_context(running(words, folder, number))
            if command is FPM:
                await_file(process, folder / "php.sock", log)
            else:
                await_port(process, port if command is SERVERS[name][1][-1] else behind, log)
        yield Server(f"https://127.0.0.1:{port}/api", str(authority.ca_file))


@contextmanager
def _reserved():
    reservation = Reservation()
    try:
        yield reservation.number
    finally:
        reservation.close()
