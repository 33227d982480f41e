# SPDX-License-Identifier: ISC
"""What looks at the rooms of src finds each way to break their rules, and nothing else."""
import shutil
import subprocess
import sys
from pathlib import Path

import includes
import pytest

ROOT = Path(__file__).parents[2]

# file, what is planted in it, what is complained of
BAD = {
    "an_include_that_goes_up": (
        "ipc/channel.c", '#include "monitor/watch.h"\nstatic struct watch watch;\n',
        "src/ipc/channel.c: monitor/watch.h: rooms: monitor is not below ipc"),
    "an_include_that_goes_aside": (
        "sandbox/confirm.c", '#include "settings/settings.h"\nstatic struct settings settings;\n',
        "src/sandbox/confirm.c: settings/settings.h: rooms: settings is not below sandbox"),
    "core_with_more_than_base": (
        "core/frame.c", '#include "settings/endpoint.h"\nstatic struct endpoint endpoint;\n',
        "src/core/frame.c: settings/endpoint.h: rooms: settings is not below core"),
    "libcurl_outside_https": (
        "core/answer.c", "#include <curl/curl.h>\n",
        "src/core/answer.c: curl/curl.h: libraries"),
    "openssl_outside_https": (
        "monitor/watch.h", "#include <openssl/sha.h>\n",
        "src/monitor/watch.h: openssl/sha.h: libraries"),
    "a_monitor_that_reads_requests": (
        "monitor/watch.c", '#include "core/request.h"\nstatic struct request request;\n',
        "src/monitor/watch.c: core/request.h: monitor: the monitor knows nothing of it"),
    "a_monitor_to_which_json_comes_with_another": (
        "base/clock.h", '#include "base/json.h"\nstatic struct json json;\n',
        "src/monitor/watch.h: base/json.h: monitor: the monitor knows nothing of it "
        "(it comes with base/clock.h)"),
    "a_name_whose_header_is_missing": (
        "ipc/channel.c", "static int64_t then(void) { return clock_now(); }\n",
        "src/ipc/channel.c: base/clock.h: used: it uses clock_now"),
    "a_header_that_is_there_for_nothing": (
        "ipc/channel.c", '#include "base/clock.h"\n',
        "src/ipc/channel.c: base/clock.h: used: it uses nothing of it"),
    "a_name_of_the_C_library_without_its_header": (
        "ipc/channel.h", "extern FILE *channel_stream;\n",
        "src/ipc/channel.h: stdio.h: standard: it uses FILE"),
    "a_header_of_the_C_library_that_is_there_for_nothing": (
        "ipc/channel.c", "#include <stdarg.h>\n",
        "src/ipc/channel.c: stdarg.h: standard: it uses nothing of it"),
    "a_header_for_the_sake_of_a_pointer": (
        "monitor/watch.h", '#include "core/breaker.h"\nextern struct breaker *watch_breaker;\n',
        "src/monitor/watch.h: core/breaker.h: used: a line \"struct breaker;\" is enough"),
    "a_specification_that_another_header_takes": (
        "core/frame.h", '#include "core/request_spec.h"\n',
        "src/core/frame.h: core/request_spec.h: private: it is for core/request.h alone"),
    "the_inside_of_a_module_taken_by_another": (
        "worker/worker.c", '#include "https/https_internal.h"\nstatic struct https inside;\n',
        "src/worker/worker.c: https/https_internal.h: private: it is for the files https/https*.c"),
    "a_header_that_brings_many_others": (
        "base/throttle.h", "".join(f'#include "{other}"\n' for other in (
            "base/bucket.h", "base/fault.h", "base/file.h", "base/json.h", "base/log.h", "base/secret.h")),
        "src/base/throttle.h: closure: "),
    "a_file_that_is_too_long": (
        "base/wipe.c", "/* */\n" * 430, "src/base/wipe.c: size: "),
}


def look(root):
    return list(includes.complaints(root))


@pytest.fixture
def tree(tmp_path):
    shutil.copytree(ROOT / "src", tmp_path / "src")
    return tmp_path


def test_the_tree_keeps_its_rules(tree):
    assert not look(tree)


@pytest.mark.parametrize("name", BAD)
def test_it_finds(tree, name):
    path, planted, complaint = BAD[name]
    with (tree / "src" / path).open("a") as file:
        file.write(planted)
    found = look(tree)
    assert any(line.startswith(complaint) for line in found), found


def test_an_exception_that_is_not_needed_is_a_complaint(tree):
    source = tree / "src/worker/exchange.c"
    source.write_text(source.read_text().replace("#include <openssl/rand.h>\n", ""))
    assert look(tree) == ["src/worker/exchange.c: openssl/rand.h: needs no exception any more"]


def test_a_complaint_makes_the_check_fail(tree):
    with (tree / "src/core/answer.c").open("a") as file:
        file.write("#include <curl/curl.h>\n")
    run = subprocess.run([sys.executable, "-B", includes.__file__, tree], stdout=subprocess.PIPE,
                         text=True, check=False)
    assert run.returncode == 1 and "core/answer.c: curl/curl.h: libraries" in run.stdout
