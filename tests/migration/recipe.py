# SPDX-License-Identifier: ISC
"""What extauth-https(8) says under "From the Python script", with other paths and ports.

    recipe = Recipe(folder)     # makes the certificate
    with OldApi() as api, recipe.server("nginx", api.port):
        recipe.arguments()      # of extauth_program, without the program
"""
import json
import re
import shlex
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from docs import mdoc
from ejabberd.ports import Reservation

KINDS = ("nginx", "stunnel", "caddy")


class OldApi:
    """What the script's users have: login and exists over plain HTTP on this machine, and nothing
    else. One account, alice@localhost, whose password is secret."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = asked["username"] == "alice@localhost"
            if self.path == "/auth/exists":
                self.say(known)
            elif self.path == "/auth/login":
                self.say(known and asked["password"] == "secret")
            else:
                self.send_error(404)

        def say(self, success):
            body = json.dumps({"success": success, "message": "" if success else "no"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass  # it would be the test's output

    def __enter__(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self.Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Recipe:
    def __init__(self, folder):
        self.folder = Path(folder)
        self._reservation = Reservation()
        self.port = self._reservation.number
        page = mdoc.displays("extauth-https.8")
        self.command, = [text for text in page if text.startswith("openssl req -x509")]
        self.files = {}
        for kind, start in zip(KINDS, ("# nginx:", "; stunnel:", "# Caddy:"), strict=True):
            self.files[kind], = [text for text in page if text.startswith(start)]
        self.line, = [text for text in page if "localhost:8443/auth/" in text]
        subprocess.run(["sh", "-c", self.fill(self.command)], check=True, capture_output=True)
        self.certificate = self.folder / "auth-api.pem"

    def close(self):
        self._reservation.close()

    def fill(self, text, api_port=8000):
        for old, new in (("/etc/ssl/private", self.folder), ("/etc/ssl", self.folder),
                         ("/var/log/ejabberd", self.folder), (":8443", f":{self.port}"),
                         (":8000", f":{api_port}")):
            text = text.replace(old, str(new))
        return text

    def arguments(self):
        words = shlex.split(re.search('extauth_program: "(.*)"', self.fill(self.line))[1])
        assert words[0] == "/usr/libexec/extauth-https"
        return words[1:]

    def server(self, kind, api_port):
        return TlsServer(self, kind, self.fill(self.files[kind], api_port))


class TlsServer:
    """nginx, stunnel or Caddy with what the manual has for it."""

    def __init__(self, recipe, kind, text):
        self._recipe, self._kind, self._text = recipe, kind, text
        self._folder = recipe.folder

    def command(self):
        folder, file = self._folder, self._folder / f"{self._kind}.conf"
        if self._kind == "nginx":
            folders = " ".join(f"{name}_temp_path {folder}/t;" for name in (
                "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            text = (f"daemon off; pid {folder}/nginx.pid; events {{}} "
                    f"http {{ access_log off; {folders}\n{self._text} }}")
            command = [shutil.which("nginx", path="/usr/sbin:/usr/bin"), "-p", folder, "-e",
                       folder / "nginx.errors", "-c", file]
        elif self._kind == "stunnel":
            text = f"foreground = yes\npid =\n{self._text}"
            command = ["stunnel4", file]
        else:
            text = f"{{\n  admin off\n  auto_https disable_redirects\n}}\n{self._text}"
            command = ["caddy", "run", "--adapter", "caddyfile", "--config", file]
        file.write_text(text)
        return [str(word) for word in command]

    def __enter__(self):
        environment = {"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(self._folder)}
        self._errors = (self._folder / f"{self._kind}.output").open("wb")
        self._process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL,
                                         stdout=self._errors, stderr=self._errors, env=environment,
                                         start_new_session=True)
        wanted = f"0100007F:{self._recipe.port:04X}"
        until = time.monotonic() + 30
        while not any(line.split()[1:4:2] == [wanted, "0A"]
                      for line in Path("/proc/net/tcp").read_text().splitlines()):
            said = (self._folder / f"{self._kind}.output").read_text(errors="replace")
            assert self._process.poll() is None and time.monotonic() < until, said
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(20)
        self._errors.close()
