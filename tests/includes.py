#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
Checks which file of src includes which, and prints violations; part of `make lint`.

    rooms    a file includes its own room and those below it, none above or beside it
    libraries libcurl and OpenSSL are for the room https, libyaml for --check
    monitor  nothing that comes with the monitor's files knows a request, an answer, JSON or HTTP
    used     a file includes the headers whose names it uses, and no others; a header that has
             no more than pointers declares the structure, instead of including what has it and more
    standard the same for what the C library's headers would bring along
    private  X_spec.h, in which the contracts of X.h are written, is for X.h; X_internal.h for X*.c
    closure  with a header come no more than 8 others
    size     no file of C in src, doc or fuzz has more than 430 lines

The rooms are described in src/README.md. An exception has its reason below; one that is not
needed is a complaint, too. --closures prints how many headers come with each.
"""
import re
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]

# From the ground up; rooms on the same floor know nothing of each other.
FLOORS = [("base",), ("core",), ("sandbox", "settings"), ("ipc",), ("https",),
          ("worker", "monitor"), ("operator",), ("",)]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

LIBRARY = re.compile(r"(curl|openssl)/")
NOT_FOR_MONITOR = re.compile(r"https/|core/(request|contract|answer\w*|verdict_answer|http\w*)\.h|base/json\.h")

# (file, what it includes): why that is necessary
EXCEPTIONS = {
    ("base/secret.c", "curl/curl.h"): "gives libcurl the allocator that wipes",
    ("base/secret.c", "openssl/crypto.h"): "gives OpenSSL the allocator that wipes",
    ("main.c", "curl/curl.h"): "--version names the library",
    ("sandbox/libraries.c", "curl/curl.h"): "the policies were tested with some versions of it",
    ("settings/api.c", "curl/curl.h"): "which CA bundle the system has is libcurl's to say",
    ("settings/endpoint.c", "curl/curl.h"): "what libcurl will ask is taken apart as libcurl does",
    ("settings/setting_kind.c", "openssl/evp.h"): "pins are base64",
    ("worker/exchange.c", "openssl/rand.h"): "the breaker's time is drawn by lot",
    ("worker/user_name.c", "openssl/evp.h"): "hashes stand for users in the log",
    ("worker/user_name.c", "openssl/hmac.h"): "hashes stand for users in the log",
    ("monitor/worker_process.c", "worker/worker.h"): "calls worker_run() in the child",
}

CLOSURE_MAX, LINES_MAX = 8, 430

# header: how many others come with it, and why that is necessary
CLOSURES = {
    "https/https_internal.h": (12, "the one structure of its room, which holds parts of all the others"),
}

# Names of the C library that compile without their header as long as another one brings it.
STANDARD = {
    "stdbool.h": r"bool|true|false",
    "stddef.h": r"size_t|ptrdiff_t|offsetof",
    "stdint.h": r"u?int(?:8|16|32|64|ptr)_t|U?INT(?:8|16|32|64|PTR)_(?:C|MIN|MAX)|SIZE_MAX",
    "stdarg.h": r"va_list|va_start",
    "stdlib.h": r"malloc|calloc|realloc|free|strtou?ll?|exit|abort|getenv|qsort",
    "string.h": r"mem(?:cpy|cmp|set|move|chr)|str(?:len|n?cmp|n?dup|r?chr|str|c?spn|error)",
    "stdio.h": r"v?(?:sn|f)?printf|f?puts|fopen|FILE",
    "errno.h": r"errno",
}

# Of these all names are above, but for the one that most headers have.
WHOLE = {"stdbool.h": "", "stddef.h": "NULL", "stdint.h": "", "stdarg.h": ""}

INCLUDE = re.compile(r'^#include ["<](?:\.\./)*([^">]+)[">]', re.M)
# a prototype or a variable that is declared for others, at the beginning of a line
DECLARED = re.compile(r"^(?:MUST_USE )?(?:extern )?(?:const )?(?:enum |struct |unsigned )*\w+[ \w*]*?[ *](\w+)[(\[;]",
                      re.M)


@cache
def plain(text):
    """C without comments, strings and attributes."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|__attribute__[^\n]*', " ", text, flags=re.S)


@cache
def declares(text):
    """The names that a header gives to others; those of structures with their "struct "."""
    text = plain(text)
    names = set(re.findall(r"^#define (\w+)", text, re.M)) - set(re.findall(r"^#ifndef (\w+)", text, re.M))
    names |= {f"struct {name}" for name in re.findall(r"^struct (\w+) \{", text, re.M)}
    for tag, members in re.findall(r"^enum (\w+) \{(.*?)\}", text, re.M | re.S):
        names |= {f"enum {tag}"} | set(re.findall(r"(\w+)(?: =[^,]*)?(?:,|\s*$)", members))
    others = re.sub(r"^(?:struct|enum) \w+(?: \{.*?^\})?;", "", text, flags=re.M | re.S)
    return names | set(DECLARED.findall(others))


@cache
def uses(text):
    """The names that a file uses."""
    text = plain(re.sub(r"^#include.*", "", text, flags=re.M))
    tagged = {" ".join(words) for words in re.findall(r"\b(struct|enum)\s+(\w+)", text)}
    return tagged | set(re.findall(r"\b\w+\b", re.sub(r"\b(struct|enum)\s+\w+", "", text)))


@cache
def forwards(text):
    """The structures of which a file says only that there are such: enough for a pointer."""
    return {f"struct {name}" for name in re.findall(r"^struct (\w+);", text, re.M)}


def points_only(text, names):
    """True when these names are structures, and a header has nothing but pointers to them."""
    return all(re.match("struct ", name) and not re.search(rf"\b{name}\s+[^*\s]", plain(text))
               for name in names)


class Tree:
    """The files below src, and what they include."""

    def __init__(self, root):
        self.text = {str(path.relative_to(root / "src")): path.read_text(encoding="utf-8")
                     for path in sorted((root / "src").rglob("*.[ch]"))}
        self.includes = {name: INCLUDE.findall(text) for name, text in self.text.items()}
        # what a table is made of counts as written where it is included
        tables = {name: [(root / "src" / other).read_text(encoding="utf-8") for other in included
                         if other.endswith(".def") and (root / "src" / other).exists()]
                  for name, included in self.includes.items()}
        self.uses = {name: uses("\n".join([text, *tables[name]])) for name, text in self.text.items()}
        self.declares = {name: declares(text) for name, text in self.text.items() if name.endswith(".h")}

    def closure(self, name):
        """Every header that comes with a file: what it includes, and through which header."""
        found, new = {}, [(name, name)]
        while new:
            via, path = new.pop()
            for other in self.includes.get(path, ()):
                if other not in found:
                    found[other] = path
                    new.append((via, other))
        return found

    def rooms(self, name):
        """Includes that go up or aside."""
        room = name.rpartition("/")[0]
        for other in self.includes[name]:
            theirs = other.rpartition("/")[0]
            if other in self.text and theirs != room and FLOOR[theirs] >= FLOOR[room]:
                yield other, f"{theirs} is not below {room}"

    def libraries(self, name):
        """Libraries in rooms that are not theirs."""
        for other in self.includes[name]:
            if LIBRARY.match(other) and not name.startswith("https/"):
                yield other, "libcurl and OpenSSL are for the room https"
            if other == "yaml.h" and not name.startswith("operator/yaml_file."):
                yield other, "libyaml is for --check, and there for yaml_file.c alone"

    def monitor(self, name):
        """What must not come with a file of the monitor."""
        if name.startswith("monitor/"):
            for other, via in self.closure(name).items():
                if NOT_FOR_MONITOR.match(other):
                    yield other, f"the monitor knows nothing of it (it comes with {via})"

    def used(self, name):
        """Headers that are missing, and those that are there for nothing."""
        own = re.sub(r"\.c$", ".h", name)
        mine = set(self.includes[name]) | set(self.includes.get(own, ())) | {name}
        known = set().union(*(forwards(self.text.get(other, "")) for other in mine))
        names = self.uses[name] - declares(self.text[name])
        for other, declared in self.declares.items():
            shared = names & declared
            if shared - known and other not in mine:
                yield other, f"it uses {', '.join(sorted(shared - known))}"
            elif other not in self.includes[name] or other == own or is_spec(other):
                continue
            elif not shared and not declared & known:  # what others have pointers to
                yield other, "it uses nothing of it"
            elif needed_by_contracts(name, other):
                continue
            elif name.endswith(".h") and shared and self.includes[other] and points_only(self.text[name], shared):
                yield other, f"a line \"{'; '.join(sorted(shared))};\" is enough for pointers"

    def standard(self, name):
        """Headers of the C library that only another one brings, or that bring nothing."""
        own = re.sub(r"\.c$", ".h", name)
        words = set(re.findall(r"\w+", plain(re.sub(r"^#include.*", "", self.text[name], flags=re.M))))
        for header, names in STANDARD.items():
            used = sorted(word for word in words if re.fullmatch(names, word))
            if used and header not in self.includes[name] + self.includes.get(own, []):
                yield header, f"it uses {', '.join(used)}"
            elif header in self.includes[name] and header in WHOLE and not used and \
                    WHOLE[header] not in words:
                yield header, "it uses nothing of it"

    def private(self, name):
        """What belongs to one header, or to the files of one module."""
        for other in self.includes[name]:
            module = re.sub(r"_(spec|internal)\.h$", "", other)
            if is_spec(other) and name != f"{module}.h":
                yield other, f"it is for {module}.h alone"
            if other.endswith("_internal.h") and not name.startswith(module):
                yield other, f"it is for the files {module}*.c alone"

    def closures(self):
        """{header: how many of our others come with it}; contracts' words are not counted."""
        return {name: sum(other in self.text and not is_spec(other) for other in self.closure(name))
                for name in self.declares}

    def too_large(self):
        """Headers that bring too many, and exceptions that are none."""
        for name, count in self.closures().items():
            allowed, _ = CLOSURES.get(name, (CLOSURE_MAX, ""))
            if count > allowed:
                yield f"src/{name}: closure: {count} headers come with it, {allowed} may"
            elif name in CLOSURES and count <= CLOSURE_MAX:
                yield f"src/{name}: closure: needs no exception any more"

    def complaints(self):
        """Each with its file, without the exceptions, and exceptions that are none."""
        rules = (self.rooms, self.libraries, self.monitor, self.used, self.standard, self.private)
        found = {(name, other): f"{rule.__name__}: {words}" for name in self.text for rule in rules
                 for other, words in rule(name)}
        for (name, other), words in found.items():
            if (name, other) not in EXCEPTIONS:
                yield f"src/{name}: {other}: {words}"
        for name, other in EXCEPTIONS.keys() - found.keys():
            yield f"src/{name}: {other}: needs no exception any more"


def too_long(root):
    """Files that do more than one thing."""
    for folder in ("src", "doc", "fuzz"):
        for path in sorted((root / folder).rglob("*.[ch]")):
            lines = path.read_text(encoding="utf-8").count("\n")
            if lines > LINES_MAX:
                yield f"{path.relative_to(root)}: size: {lines} lines, {LINES_MAX} may be"


def complaints(root):
    tree = Tree(root)
    return [*tree.complaints(), *tree.too_large(), *too_long(root)]


def needed_by_contracts(name, other):
    """Whether the contracts of a header are written in words that come with another one."""
    def text(path):
        path = ROOT / "src" / path
        return path.read_text(encoding="utf-8") if path.exists() else ""

    words = re.findall(r"\b(?:predicate|logic\s+\w+)\s+(\w+)",
                       text(other) + text(re.sub(r"\.h$", "_spec.h", other)))
    contracts = " ".join(re.findall(r"/\*@.*?\*/", text(name), re.S))
    return any(re.search(rf"\b{word}\b", contracts) for word in words)


def is_spec(name):
    return name.endswith("_spec.h")


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--closures"]
    root = Path(arguments[0]) if arguments else ROOT
    if "--closures" in sys.argv:
        for name, count in Tree(root).closures().items():
            print(f"{count:3} {name}")
        return 0
    failed = 0
    for line in complaints(root):
        print(line)
        failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
