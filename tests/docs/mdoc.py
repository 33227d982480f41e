# SPDX-License-Identifier: ISC
"""As much of mdoc(7) as our manual pages need to be read by tests."""
import re
from pathlib import Path

from e2e.program import PATH

FOLDER = Path(__file__).parents[2] / "doc"


def source(name):
    """A page as it is installed: the build adds to one of them."""
    built = Path(PATH).with_name(name)
    return (built if built.exists() else FOLDER / name).read_text()


def plain(text):
    """Text as it is shown: without escapes."""
    text = re.sub(r"\\\[u([0-9A-F]{4})\]", lambda match: chr(int(match[1], 16)), text)
    return text.replace("\\&", "").replace("\\e", "\\")


def displays(name):
    """What stands between .Bd -literal and .Ed, in order."""
    return [plain(text) for text in
            re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", source(name), re.M | re.S)]


def items(name, section=None):
    """{head: text} of the tagged lists of a page, or of one section of it."""
    text = source(name)
    if section:
        text = re.search(rf"^\.Sh {section}\n(.*?)(?=^\.Sh |\Z)", text, re.M | re.S)[1]
    found = {}
    for head, body in re.findall(r"^\.It ([^\n]+)\n(.*?)(?=^\.(?:It|El|Sh)\b|\Z)", text,
                                 re.M | re.S):
        found[plain(head)] = body
    return found


def sentence(body):
    """The first sentence of an item, in one line and without macros."""
    words = re.sub(r"^\.(?:Cm|Ql|Pa|Dv|Xr) ", "", body, flags=re.M).split()
    return plain(" ".join(words)).replace(" , ", ", ").replace(" ;", ";").split(". ")[0].rstrip(" .")
