#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
Every reference in the tree leads somewhere: a file that is named with its folder exists, and a
section of a document has a heading with its number. Prints what does not; part of `make lint`.
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

# A path below one of our folders, to a file with an ending. What is built is none of them, and
# a name with a pattern in it stands for many.
PATH = re.compile(r"(?<![\w./$*-])((?:src|doc|tests|policy|fuzz|debian|prosody|ci)/[\w./-]*\w\.\w+)(?![\w*%])")
# A document in capitals, in any folder.
DOCUMENT = re.compile(r"(?<![\w/])([A-Z][A-Z_]+\.md)\b")
# doc/protocol.md section 2.1, also across a line of a comment.
SECTION = re.compile(r"([\w/]+\.md),?\s+(?:[*#]\s+)?sections?\s+(\d+(?:\.\d+)*)")
# Documents that a reader of the repository does not have.
ELSEWHERE = re.compile(r"\bDESIGN(?:\.md)? section|\bPROTOCOL\.md|\bPEERS\.md|\bSTYLE\.md")

# Texts that name files of a folder of their own, or of a tree that a test makes.
OWN_PATHS = ("fuzz/corpus/", "debian/", "tests/references.py", "tests/docs/test_references.py")


def headings(path):
    """The numbers in front of a document's headings."""
    return set(re.findall(r"^#+ (\d+(?:\.\d+)*)\.? ", path.read_text(encoding="utf-8"), re.M))


def complaints(root, name):
    """What is wrong in one file, with its line."""
    try:
        text = (root / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    found = [(match.start(), f"{match[1]}: there is no such file") for match in PATH.finditer(text)
             if not (root / match[1]).exists() and not ((root / name).parent / match[1]).exists()]
    found += [(match.start(), f"{match[1]}: there is no such document")
              for match in DOCUMENT.finditer(text) if not (root / match[1]).exists()
              and not (root / name).with_name(match[1]).exists() and not list(root.glob(f"*/{match[1]}"))]
    found += [(match.start(), f"{match[0]}: that is not in this repository")
              for match in ELSEWHERE.finditer(text)]
    for match in SECTION.finditer(text):
        document = root / match[1]
        if document.exists() and match[2] not in headings(document):
            found.append((match.start(), f"{match[1]} has no section {match[2]}"))
    for start, words in sorted(found):
        yield f"{name}:{text.count(chr(10), 0, start) + 1}: {words}"


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False)
    names = listed.stdout.split() if listed.returncode == 0 else [
        str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
    failed = 0
    for name in names:
        if name.startswith(OWN_PATHS) or not (root / name).is_file():
            continue
        for line in complaints(root, name):
            print(line)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
