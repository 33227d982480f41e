#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
Looks at the functions that headers in src declare, and prints what breaks a rule; part of
`make lint`.

    caller    another file of src calls it. One that only its own file calls is static, unless a
              test calls it, too; one that only tests call is not there
    must use  what tells its failure by a struct fault is marked MUST_USE, so that no caller goes on
              without a look at the result
"""
import re
import sys
from pathlib import Path

import includes

# Its result is always the same.
NEED_NOT_BE_USED = {"fault_set"}

PROTOTYPE = re.compile(r"^(?!static|extern|typedef)(\w[\w *]*?[ *])(\w+)\(([^;{}]*)\);", re.M)


def callers(tree, tested, name, function):
    """Complaints about who calls a function of the header `name`."""
    own = re.sub(r"\.h$", ".c", name)
    if any(function in used for other, used in tree.uses.items() if other not in (name, own)):
        return
    text = includes.plain(tree.text.get(own, ""))
    if len(re.findall(rf"\b{function}\b", text)) < 2:
        yield "nothing calls it, but tests at the most"
    elif function not in tested:
        yield "nothing calls it but its own file: it can be static"


def complaints(root):
    tree = includes.Tree(root)
    tested = set().union(*(includes.uses(path.read_text(encoding="utf-8"))
                           for folder in ("tests", "fuzz")
                           for path in (root / folder).rglob("*.[ch]")))
    for name in tree.declares:
        for result, function, parameters in PROTOTYPE.findall(includes.plain(tree.text[name])):
            for words in callers(tree, tested, name, function):
                yield f"src/{name}: {function}: {words}"
            if re.search(r"\bstruct fault \*", parameters) and result.strip() != "void" and \
                    "MUST_USE" not in result and function not in NEED_NOT_BE_USED:
                yield f"src/{name}: {function}: tells its failure, and is not MUST_USE"


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else includes.ROOT
    found = list(complaints(root))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
