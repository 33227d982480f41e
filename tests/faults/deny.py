# SPDX-License-Identifier: ISC
"""Runs a command under a filter that answers one system call with an errno, as the profile of an
old container does: deny.py NUMBER ERRNO COMMAND..."""
import ctypes
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_IF, RETURN = 0x20, 0x15, 0x06  # words of classic BPF
ALLOW, ERRNO = 0x7FFF0000, 0x00050000


def deny(number, error):
    code = b"".join(struct.pack("HBBI", *word) for word in [
        (LOAD, 0, 0, 0), (JUMP_IF, 0, 1, number), (RETURN, 0, 0, ERRNO | error),
        (RETURN, 0, 0, ALLOW)])
    words = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(words))
    libc = ctypes.CDLL(None, use_errno=True)
    if os.getuid() != 0 and libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_NO_NEW_PRIVS")
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_SECCOMP")


if __name__ == "__main__":
    deny(int(sys.argv[1]), int(sys.argv[2]))
    os.execv(sys.argv[3], sys.argv[3:])
