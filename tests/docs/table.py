# SPDX-License-Identifier: ISC
"""The table of settings, as the program is built from it."""
import re
from collections import namedtuple
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"

Setting = namedtuple("Setting", "key kind scope member place argument standard bounds holds help")

SETTINGS = [Setting(*line) for line in re.findall(
    r'^SETTING\((\w+), (\w+), (\w+), (\w+), (\w+), "([^"]*)", (?:NULL|"([^"]*)"), '
    r'(ANY|FROM\(\w+, \w+\)), (OPEN|SECRET), "([^"]*)"\)$',
    (SOURCE / "settings" / "settings.def").read_text(), re.M)]


def options_of_the_command_line():
    """Options that are no settings, and other names for some that are."""
    text = (SOURCE / "settings" / "command_line.c").read_text()
    tables = re.search(r"mode_options\[\] = \{.*?^\};.*?aliases\[\] = \{.*?^\};", text,
                       re.M | re.S)[0]
    defined = re.findall(r'^#define \w+_OPTION +"(-[^"]+)"', text, re.M)
    return set(re.findall(r'^\t\{ "(-[^"]+)"', tables, re.M)) | set(defined)
