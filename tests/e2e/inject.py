# SPDX-License-Identifier: ISC
"""Makes another process do a system call, as code of an attacker in it would.

The process is stopped behind the `syscall` instruction of the call it waits in, sent back to that
instruction with another number, and let go. Needs root, and x86-64.
"""
import ctypes
import os

PTRACE_GETREGS, PTRACE_SETREGS, PTRACE_DETACH = 12, 13, 17
PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
WALL = 0x40000000

# struct user_regs_struct of sys/user.h
REGISTERS = ("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp "
             "ss fs_base gs_base ds es fs gs").split()

SYSCALL_INSTRUCTION_SIZE = 2

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulong) for name in REGISTERS]


def ptrace(request, pid, data=None):
    if libc.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace request {request:#x} of {pid}")


def make_call(pid, number, *arguments):
    """Lets process `pid`, which waits in a system call, make the one called `number`."""
    ptrace(PTRACE_SEIZE, pid)
    ptrace(PTRACE_INTERRUPT, pid)
    os.waitpid(pid, WALL)
    registers = Registers()
    ptrace(PTRACE_GETREGS, pid, ctypes.addressof(registers))
    registers.orig_rax = ctypes.c_ulong(-1).value  # the call that it waits in must not be resumed
    registers.rip -= SYSCALL_INSTRUCTION_SIZE
    registers.rax = number
    for name, value in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), arguments):
        setattr(registers, name, value)
    ptrace(PTRACE_SETREGS, pid, ctypes.addressof(registers))
    ptrace(PTRACE_DETACH, pid)
