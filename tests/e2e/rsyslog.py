# SPDX-License-Identifier: ISC
"""Runs the program with --log syslog under a real rsyslogd, and prints what that has of it, as JSON.

    unshare --mount rsyslog.py PROGRAM OPTIONS... URL

In a mount namespace, as journal.py.
"""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from journal import lay_out, talk, wait_for

CONFIGURATION = """
module(load="imuxsock" SysSock.Name="/dev/log")
template(name="parts" type="list" option.jsonf="on") {
  property(outname="facility" name="syslogfacility-text" format="jsonf")
  property(outname="severity" name="syslogseverity-text" format="jsonf")
  property(outname="program" name="programname" format="jsonf")
  property(outname="pid" name="procid" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}
action(type="omfile" file="/run/lines" template="parts")
"""


def main(command):
    lay_out()
    os.unlink("/dev/log")  # the journal's
    lines = Path("/run/lines")
    Path("/run/rsyslog.conf").write_text(CONFIGURATION)
    daemon = subprocess.Popen(["/usr/sbin/rsyslogd", "-n", "-f", "/run/rsyslog.conf", "-i",
                               "/run/rsyslog.pid"], stderr=subprocess.DEVNULL)
    try:
        wait_for(Path("/dev/log"))
        talk([*command, "--log", "syslog"], subprocess.DEVNULL, {"PATH": "/usr/bin:/bin"})
        end = time.monotonic() + 20
        while not lines.exists() or lines.read_text().count("operation=") < 2:
            assert time.monotonic() < end, lines.exists() and lines.read_text()
            time.sleep(0.01)
    finally:
        daemon.terminate()
        daemon.wait()
    print(json.dumps([json.loads(line) for line in lines.read_text().splitlines()]))


if __name__ == "__main__":
    main(sys.argv[1:])
