# SPDX-License-Identifier: ISC
"""Counters for Prometheus: the file that node_exporter would read."""
import json
import re
import signal
import ssl
import subprocess
import time

import pytest
from server import tls_context

from .program import NO, UNKNOWN, YES, Program


@pytest.fixture
def folder(place):
    place.chmod(0o777)  # the program writes there as another user when it was started as root
    return place


def written(program, file, text, reply=NO):
    """Has the counters written until they contain `text`, and returns the file's content."""
    while text not in (content := file.read_text()):
        program.signal(signal.SIGUSR1)
        assert program.ask("removeuser:nobody:example.org") == reply
    return content


def test_counters_are_written_as_prometheus_reads_them(start, folder):
    program = start("--metrics-file", folder / "extauth.prom")
    program.serving()
    for _ in range(3):
        assert program.ask("isuser:alice:example.org") == YES
    text = written(program, folder / "extauth.0.prom",
                   'requests_total{slot="0",operation="isuser",verdict="granted"} 3\n')
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert (checked.returncode, checked.stdout) == (0, "")
    assert 'extauth_https_serving{slot="0"} 1\n' in text


def test_a_reload_that_failed_is_seen(api, new_place, folder):
    settings = new_place() / "settings.json"
    said = {"url": api.url, "ca_file": str(api.ca_file), "metrics_file": str(folder / "x.prom")}
    settings.write_text(json.dumps(said))
    with Program("-c", settings) as program:
        program.serving()
        file = folder / "x.0.prom"
        assert 'last_reload_seconds{slot="0"} 0\n' in written(program, file, "last_reload_succ")
        settings.write_text('{"ulr": 1}')
        program.signal(signal.SIGHUP)
        program.log.wait_for("keeping the current settings")
        text = written(program, file, 'last_reload_successful{slot="0"} 0\n')
        assert int(re.search(r"last_reload_seconds\{.*\} (\d+)", text)[1]) >= time.time() - 60
        settings.write_text(json.dumps({**said, "deadline": 9}))
        program.signal(signal.SIGHUP)
        written(program, file, 'last_reload_successful{slot="0"} 1\n')


def expires(certificate):
    end = subprocess.run(["openssl", "x509", "-noout", "-enddate", "-in", certificate],
                         text=True, stdout=subprocess.PIPE, check=True).stdout
    return ssl.cert_time_to_seconds(end.strip().partition("=")[2])


def test_when_a_certificate_expires(start, folder, api, authority):
    before = api.context
    earlier, later = (authority.issue(name=f"of-{days}-days", days=days) for days in (5, 50))
    try:
        api.context = tls_context(*later)
        program = start("--metrics-file", folder / "extauth.prom")
        program.serving()
        file = folder / "extauth.0.prom"
        metric = 'extauth_https_certificate_expiry_seconds{slot="0"} '
        written(program, file, f"{metric}{expires(later[0])}\n")
        for certificate in earlier, later:
            api.context = tls_context(*certificate)
            program.signal(signal.SIGHUP)  # a fresh worker connects anew
            written(program, file, f"{metric}{expires(certificate[0])}\n")
    finally:
        api.context = before


def test_a_reader_never_sees_half_of_it(start, folder):
    program = start("--metrics-file", folder / "extauth.prom")
    program.serving()
    file = folder / "extauth.0.prom"
    written(program, file, "serving")
    inodes, until = set(), time.monotonic() + 3
    while len(inodes) < 2 or time.monotonic() < until:
        program.signal(signal.SIGUSR1)  # far more often than it is written
        inodes.add(file.stat().st_ino)
        text = file.read_text()
        assert text.startswith("# HELP extauth_https_serving")
        assert re.search(r"worker_replacements_total\{slot=\"0\"\} 0\n$", text)


def test_each_program_of_a_pool_takes_a_file_of_its_own(start, folder):
    options = ("--metrics-file", folder / "extauth.prom")
    programs = [start(*options) for _ in range(3)]
    for program in programs:
        program.serving()
    files = [folder / f"extauth.{slot}.prom" for slot in range(3)]
    for slot, file in enumerate(files):
        while f'slot="{slot}"' not in file.read_text():
            assert programs[0].ask("isuser:alice:example.org") == YES
    assert programs[0].close() == (0, b"")
    assert sorted(file.stat().st_size == 0 for file in files) == [False, False, True], \
        "what has ended is not taken for what lives"


def test_files_that_cannot_be_written_do_not_keep_it_from_serving(api, place):
    with Program("--ca-file", api.ca_file, "--metrics-file", place / "nowhere" / "x.prom",
                 api.url) as program:
        assert "cannot be written" in program.log.wait_for("level=error")["message"]
        assert program.ask("isuser:alice:example.org") == YES
        assert program.close() == (0, b"")


def test_a_breaker_is_forgotten_with_its_api(api, new_place, folder):
    settings = new_place() / "settings.json"
    said = {"ca_file": str(api.ca_file), "metrics_file": str(folder / "x.prom")}
    elsewhere = api.url.replace("localhost", "127.0.0.2")  # the same port: the seal stays
    settings.write_text(json.dumps({"url": elsewhere, **said}))
    with Program("-c", settings) as program:
        while "circuit breaker open" not in program.log.text:
            assert program.ask("isuser:alice:example.org") == UNKNOWN
        written(program, folder / "x.0.prom", 'breakers_open{slot="0"} 1\n', UNKNOWN)
        settings.write_text(json.dumps({"url": api.url, **said}))
        program.signal(signal.SIGHUP)
        program.serving(2)
        assert program.ask("isuser:alice:example.org") == YES
        written(program, folder / "x.0.prom", 'breakers_open{slot="0"} 0\n')
