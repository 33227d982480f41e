#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A stand-in for the external program: stand_in.py FILE

FILE has {"users": {"name@host": "password"}}; setpass, tryregister and removeuser change it,
and every frame is appended to FILE.frames as a line.
"""
import fcntl
import json
import os
import struct
import sys


def answer(users, operation, name, password):
    if operation == "auth":
        return users.get(name) == password
    if operation == "isuser":
        return name in users
    if operation == "removeuser":
        return users.pop(name, None) is not None
    if (operation == "setpass") == (name in users):
        users[name] = password
        return True
    return False


def main(path):
    while len(header := os.read(0, 2)) == 2:
        frame = os.read(0, struct.unpack(">H", header)[0]).decode()
        operation, user, server, *password = frame.split(":", 3)
        with open(path, "r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            state = json.load(file)
            yes = answer(state["users"], operation, f"{user}@{server}", "".join(password))
            file.seek(0)
            file.truncate()
            json.dump(state, file)
            file.flush()
            with open(path + ".frames", "a", encoding="utf-8") as frames:
                frames.write(frame + "\n")
        os.write(1, struct.pack(">HH", 2, yes))


if __name__ == "__main__":
    main(sys.argv[1])
