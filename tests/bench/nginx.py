# SPDX-License-Identifier: ISC
"""Debian's nginx with a static answer, on a free port of the loopback, with its own folder.

    with Nginx(folder) as nginx:
        nginx.url("static")     https://127.0.0.1:PORT/static

The service of the same name is neither used nor touched.
"""
import socket
import subprocess
import time
from pathlib import Path

from certificates import Authority

WORKERS = 2
ANSWER = '{"success": true}'
PLACES = ("static", "slow")  # "slow" takes 2 ms

CONFIGURATION = """
{modules}
daemon off;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_timeout 600s;
    keepalive_requests 1000000000;
    server {{
        listen 127.0.0.1:{port} ssl reuseport;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.3;
        default_type application/json;
        location /static {{ return 200 '{answer}'; }}
        {slow}
    }}
}}
"""
# nginx itself cannot wait, and its clock has whole milliseconds.
ECHO_MODULE = Path("/usr/lib/nginx/modules/ngx_http_echo_module.so")
SLOW = "location /slow { echo_sleep 0.002; echo_exec /static; }"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Nginx:
    """A running nginx; `folder` must be readable for other users. `pin` runs in its process."""

    def __init__(self, folder, pin=None):
        self.folder = Path(folder)
        authority = Authority(self.folder)
        certificate, key = authority.issued() or authority.issue()
        self.ca_file = str(authority.ca_file)
        self.port = free_port()
        configuration = self.folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(
            folder=self.folder, port=self.port, workers=WORKERS, answer=ANSWER,
            certificate=certificate, key=key,
            modules=f"load_module {ECHO_MODULE};" if ECHO_MODULE.exists() else "",
            slow=SLOW if ECHO_MODULE.exists() else ""))
        self._process = subprocess.Popen(
            ["/usr/sbin/nginx", "-e", self.folder / "error.log", "-c", configuration],
            preexec_fn=pin)
        self._await()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()

    def url(self, place, port=None):
        return f"https://127.0.0.1:{port or self.port}/{place}"

    def _await(self):
        """Waits until it listens."""
        until = time.monotonic() + 30
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((self.folder / "error.log").read_text()) from None
                time.sleep(0.01)
