#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
Breaks the pure modules and the supervisor on purpose, one way at a time in a copy of the
tree, and shows that the module's unit test fails, or if it does not, that its proof does.

    mutants.py                      all of them, as `make mutants` does
    mutants.py supervisor pending   those of some modules
    mutants.py --proofs             ask tests and proofs about each, which takes ten minutes

Where there is no Frama-C (prove.py says why), what only a proof would notice is named as not
tried.
"""

import glob
import os
import shutil
import subprocess
import sys
import tempfile

import prove

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# what is broken, module, what stands there once, what is put there
MUTANTS = [
    ("a length is signed", "frame", "(size_t)header[0] * 256", "(size_t)(int8_t)header[0] * 256"),
    ("a reply has another code", "frame", "(uint8_t)reply", "(uint8_t)(reply ^ 2)"),
    ("a length has its small end first", "frame", "out[0] = (uint8_t)(size / 256);",
     "out[0] = (uint8_t)(size % 256);"),
    ("what changes something may be asked twice", "operation", "operation == OPERATION_ISUSER;",
     "operation != OPERATION_REMOVEUSER;"),
    ("a search runs over the end", "view", "i < view.size && view.data[i]",
     "i <= view.size && view.data[i]"),
    ("overlong forms pass", "view", "low = 0xA0", "low = 0x80"),
    ("surrogates pass", "view", "high = 0x9F", "high = 0xBF"),
    ("a writer goes on behind its room", "writer", "writer->size < writer->room",
     "writer->size <= writer->room"),
    ("a quote is not escaped", "writer", "byte == '\"' || byte", "byte"),
    ("digits swap", "writer", "writer_byte(writer, hex_digit(view.data[i] / 16));",
     "writer_byte(writer, hex_digit(view.data[i] % 16));"),
    ("user and password swap", "request",
     "request->user = between(payload, name_end + 1, user_end)",
     "request->user = between(payload, user_end + 1, payload.size)"),
    ("a NUL in a password passes", "request", "view_find(password, 0) == password.size &&", ""),
    ("names may be a byte longer", "request", "name.size <= REQUEST_NAME_MAX",
     "name.size <= REQUEST_NAME_MAX + 1"),
    ("success may stand there twice", "answer", "found.decisions != 1", "found.decisions == 0"),
    ("a refusal says yes", "verdict_answer", "VERDICT_REFUSED;", "VERDICT_GRANTED;"),
    ("an outage says yes", "verdict_reply", "verdict == VERDICT_GRANTED)", "verdict != VERDICT_REFUSED)"),
    ("Prosody takes an outage for a refusal", "verdict_reply",
     "return verdict == VERDICT_UNAVAILABLE ? FRAME_REPLY_UNKNOWN : FRAME_REPLY_NO;",
     "return FRAME_REPLY_NO;"),
    ("a 202 grants", "verdict_answer", "status == 201;\n}", "status == 202;\n}"),
    ("a byte of a body may be missing", "http", "answer->at < answer->head.length",
     "answer->at + 1 < answer->head.length"),
    ("LF alone ends a line", "http", " || answer->bytes[feed - 1] != '\\r'", ""),
    ("interim answers without end", "http", "answer->interims == HTTP_INTERIM_MAX",
     "answer->interims == 1000"),
    ("another protocol is taken for none", "http", "status == 101", "status == 102"),
    ("an interim answer has a length", "http", "answer->head.framing != 0)", "false)"),
    ("a cut is an end", "http", "end != HTTP_CLOSED", "end == HTTP_OPEN"),
    ("nothing ends a chunk", "http_chunk", "answer->bytes[answer->at] != '\\r' || ", ""),
    ("chunks add up to more", "http_chunk", "size > HTTP_BODY_MAX - answer->length",
     "size > HTTP_BODY_MAX"),
    ("a chunk's size is no number", "http_chunk", "value > 15", "value > 16"),
    ("a chunk's size in front of anything", "http_chunk", "digits == 0 || ", ""),
    ("a head a byte longer", "http", "answer->at > HTTP_HEAD_MAX", "answer->at > HTTP_HEAD_MAX + 1"),
    ("a head without end", "http", "answer->size > HTTP_HEAD_MAX", "answer->size > HTTP_ANSWER_MAX"),
    ("trailers are not looked at", "http_chunk",
     "answer->defect = http_head_field(&answer->head, line);\n\treturn",
     "answer->defect = HTTP_SOUND;\n\treturn"),
    ("a 204 has a body", "http", "if (http_head_has_no_body(&answer->head))", "if (false)"),
    ("HTTP/1.0 is kept", "http", "head->is_1_1 && ", ""),
    ("close is kept", "http", "!head->close && ", ""),
    ("interim answers are kept", "http", "answer->interims == 0 && ", ""),
    ("a 304 is kept", "http", "!http_head_has_no_body(head) && ", ""),
    ("a byte behind it is kept", "http", " && answer->at == answer->size;", ";"),
    ("two lengths", "http_head", "head->framing = head->framing == 0 ? 1 : 2", "head->framing = 1"),
    ("a length may be signed", "http_head", "if (!is_digit(text.data[i]))\n\t\t\treturn false;",
     "if (text.data[i] == '+')\n\t\t\tcontinue;"),
    ("a length may be empty", "http_head", "if (text.size == 0)\n\t\treturn false;", ""),
    ("a length may be larger", "http_head", "if (number > HTTP_BODY_MAX)\n\t\t\treturn false;",
     "number %= HTTP_BODY_MAX;"),
    ("lines are folded", "http_head", "line.data[0] == ' ' || line.data[0] == '\\t'", "false"),
    ("a space before the colon", "http_head", "byte == '-' || byte == '!'",
     "byte == '-' || byte == ' ' || byte == '!'"),
    ("a field without a name", "http_head", "colon == 0 || ", ""),
    ("a bare CR in a field", "http_head", "if (!http_is_text(line))\n\t\treturn HTTP_CONTROL_CHARACTER;\n\treturn note",
     "return note"),
    ("a bare CR in a status line", "http_head",
     "if (!http_is_text(line))\n\t\treturn HTTP_CONTROL_CHARACTER;\n\thead", "head"),
    ("chunks in HTTP/1.0", "http_head", "if (!head->is_1_1)", "if (false)"),
    ("chunks of something else", "http_head", "text.size != size", "text.size < size"),
    ("gzip", "http_head", "!IS(value, \"identity\")", "false"),
    ("two numbers", "http_head", "head->request_id.size > 0", "false"),
    ("close is the whole list", "http_head", "if (end == list.size)", "if (true)"),
    ("a status of four digits", "http_head", " ||\n\t    (line.size > 12 && at[12] != ' ')", ""),
    ("the breaker never opens", "breaker", "breaker->failures++", "breaker->failures += 0"),
    ("the breaker stays open too long", "breaker", "? BREAKER_BACKOFF_MAX : backoff * 2",
     "? backoff * 2 : backoff * 2"),
    ("any 5xx closes the API", "breaker", "status >= 502 && status <= 504", "status >= 500"),
    ("Retry-After is ignored", "breaker", "wait > spread ? wait : spread", "spread"),
    ("Retry-After has no limit", "breaker", "wait > BREAKER_BACKOFF_MAX", "wait < 0"),
    ("the number is read from its end", "pack", "number = number << 8 | bytes.data[i];",
     "number = number >> 8 | (uint64_t)bytes.data[i] << 8 * (width - 1);"),
    ("a number may be too large", "pack", "if (number > max)", "if (number > max + 1)"),
    ("a text need not be clean", "pack", "!view_is_clean(text)", "false"),
    ("a message may go on", "pack", " && reader->at == reader->view.size;", ";"),
    ("a text is cut too late", "pack", "writer->size - head - 2 + width > max",
     "writer->size - head - 2 > max"),
    ("what is unclean goes out", "pack", "view_is_clean(view_part(text, 0, length)) ? length : 0",
     "length"),
    ("a yes without an answer", "outcome", "attempts == 0 || ", ""),
    ("a yes with any status", "outcome", "(status != 200 && status != 201)", "false"),
    ("a breaker open for no time", "outcome", "backoff < BREAKER_BACKOFF_MIN", "false"),
    ("endpoint and API swap", "outcome_write", "pack_put_number(writer, 4, outcome->api);",
     "pack_put_number(writer, 4, outcome->endpoint);"),
    ("a request may be longer", "message", "pack_take_rest(&reader, FRAME_PAYLOAD_MAX)",
     "pack_take_rest(&reader, FRAME_PAYLOAD_MAX + 1)"),
    ("a deadline has 32 bits", "message", "pack_put_number(&writer, 8, (uint64_t)deadline);",
     "pack_put_number(&writer, 8, (uint32_t)deadline);"),
    ("two descriptors are taken", "channel", "count > 1 || ", ""),
    ("a message is cut", "channel", "(MSG_TRUNC | MSG_CTRUNC)", "MSG_CTRUNC"),
    ("no bytes are the end", "channel", "size == 0 && count == 0", "size == 0"),
    ("all that happens counts for ever", "recent", "now - *oldest < span", "true"),
    ("suspicious deaths do not add up", "afresh", "afresh->guessed = true", "afresh->guessed = false"),
    ("a forbidden call is not suspicious", "worker_death", "{ SIGSYS, ", "{ "),
    ("a breach is not suspicious", "worker_death", "worker->suspect || ", ""),
    ("an outcome for another request counts", "worker_message",
     " ||\n\t    message->number != worker->request", ""),
    ("who is not sealed serves", "worker_message", "if (result < 0) {", "if (result < 0 && false) {"),
    ("an outcome that is late is a yes", "pending", "!owed || clock_now() >= gate->deadline", "!owed"),
    ("a late outcome is a second reply", "pending", "if (owed)\n", "if (true)\n"),
    ("a worker gets two requests", "pending", " || worker->request != 0", ""),
    ("what was not read is lost", "pending", "worker_process_take_back(worker, gate_room(gate))", "false"),
    ("no deadline", "pending", "else if (clock_now() < gate->deadline)", "else if (true)"),
    ("no limit to a start", "worker_process", "clock_now() + WORKER_START_MAX", "CLOCK_NEVER"),
    ("no limit to a silence", "worker_process", "deadline + WORKER_GRACE", "CLOCK_NEVER"),
    ("a worker changes within a request", "supervisor", " && current->request == 0", ""),
    ("who had its turn lives on", "supervisor", "if (current->state != WORKER_ABSENT)\n",
     "if (current->state == WORKER_ABSENT)\n"),
    ("no renewal", "supervisor", "supervisor->renewal <= clock_now()", "false"),
    ("a second reload is lost", "supervisor", "supervisor->outdated || launch", "launch"),
    ("replaced without end", "supervisor", "served && !recent_exceeds", "served || !recent_exceeds"),
    ("TERM cuts a request", "supervisor",
     "supervisor->ending && !pending_is_owed(&supervisor->pending)", "supervisor->ending"),
    ("the hang-up is not the end", "supervisor", "gate->server_gone || ", ""),
    ("a program for another seal goes on", "launch", "\tafresh_begin(launch->afresh);\n\treturn -1;",
     "\treturn -1;"),
]


# Modules that another one's unit test covers.
TESTED_BY = {
    **dict.fromkeys(["http_head", "http_chunk"], "http"),
    **dict.fromkeys(["pack", "outcome", "outcome_write"], "message"),
    **dict.fromkeys(["recent", "afresh", "worker_death", "worker_message", "pending", "worker_process",
                     "launch"], "supervisor"),
}

# The proof is asked about this one in any case, so that it is known to look at what was broken.
SHOWN_TO_PROOF = "an outage says yes"


PROVED_HERE = shutil.which("frama-c") is not None


def find_source(tree, name):
    """The one file of this name below src."""
    [path] = glob.glob(os.path.join(tree, "src", "**", name), recursive=True)
    return path


def fails(command, tree):
    return subprocess.run(command, cwd=tree, check=False, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0


def test_fails(module, tree):
    name = TESTED_BY.get(module, module)
    test = f"build/unit/test_{name}"
    # asking the compiler for its hardening flags takes longer than all the rest
    if fails(["make", f"-j{os.cpu_count()}", "HARDENING=", "LINKING=", test], tree):
        sys.exit(f"test_{name} does not build")
    return fails([test], tree)


def proof_fails(module, tree):
    if not PROVED_HERE or module not in prove.MODULES:
        return False
    return fails(["tests/prove/prove.py", "--timeout", "10", module], tree)


def caught_by(module, tree, proofs):
    """What notices, in words: the unit test, the proof, both, or nothing."""
    by = ["unit test"] if test_fails(module, tree) else []
    if (proofs or not by) and proof_fails(module, tree):
        by.append("proof")
    return ", ".join(by)


def main():
    caught, untested, proofs = 0, 0, "--proofs" in sys.argv[1:]
    named = set(sys.argv[1:]) - {"--proofs"}
    mutants = [mutant for mutant in MUTANTS if not named or mutant[1] in named]
    with tempfile.TemporaryDirectory() as folder:
        tree = os.path.join(folder, "tree")
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", "build*"))
        for module in {mutant[1] for mutant in mutants}:
            if test_fails(module, tree) or (proofs and proof_fails(module, tree)):
                sys.exit(f"{module} fails as it is")
        for title, module, old, new in mutants:
            path = find_source(tree, module + ".c")
            with open(path, encoding="utf-8") as source:
                text = source.read()
            if text.count(old) != 1:
                sys.exit(f"{module}.c no longer has once: {old}")
            with open(path, "w", encoding="utf-8") as source:
                source.write(text.replace(old, new))
            shown = PROVED_HERE and title == SHOWN_TO_PROOF
            by = caught_by(module, tree, proofs or shown)
            caught += by.endswith("proof") if shown else by != ""
            missed = "NOT CAUGHT" if PROVED_HERE else "skipped: there is no Frama-C to ask"
            untested += by == "" and not PROVED_HERE
            print(f"  {title:36} {module:8} {by or missed}", flush=True)
            with open(path, "w", encoding="utf-8") as source:
                source.write(text)
    print(f"{caught} of {len(mutants)} caught")
    return 0 if caught + untested == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
