# SPDX-License-Identifier: ISC
"""The accounts of the reference API: names and scrypt hashes in one SQLite file."""

import hashlib
import hmac
import os
import sqlite3
import threading

COST = 2**14  # scrypt's n: about 16 MiB and 40 ms for each guess; tests go down to 2
BLOCK_SIZE = 8  # scrypt's r
PARALLELISM = 1  # scrypt's p
SALT_BYTES = 16
HASH_BYTES = 32

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    username TEXT PRIMARY KEY,
    cost     INTEGER NOT NULL,
    salt     BLOB NOT NULL,
    hash     BLOB NOT NULL
) WITHOUT ROWID
"""


class AccountsError(Exception):
    """The database cannot be used; the text says what to do about it."""


class Accounts:
    """Accounts in the SQLite file `path`, which is created if it does not exist.

    `cost` is the scrypt cost of passwords stored from now on. Every account remembers the cost
    it was stored with, so that the cost can be raised without locking out users.
    May be used from several threads. Passwords and names are str, compared byte for byte.
    """

    def __init__(self, path, cost=COST):
        self.cost = cost
        # A login to an account that does not exist is checked against this one, which always fails.
        self._decoy = (cost, os.urandom(SALT_BYTES), os.urandom(HASH_BYTES))
        # One connection and one lock: statements take microseconds, and the slow part, scrypt,
        # is done outside the lock.
        self._lock = threading.Lock()
        try:
            # SQLite would create the file readable by every user.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            # A rollback journal leaves one file behind; a write-ahead log may leave three.
            self._execute("PRAGMA journal_mode = DELETE")
            self._execute(SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise AccountsError(
                f"cannot open the account database {path}: {error}; its folder must exist and be"
                " writable, and the file must be absent or made by this program"
            ) from error

    def close(self):
        """Closes the file. The object must not be used afterwards."""
        with self._lock:
            self._database.close()

    def login(self, username, password):
        """True when the account exists and this is its password."""
        return self._verify(self._find(username), password)

    def exists(self, username):
        """True when there is such an account."""
        return self._find(username) is not None

    def register(self, username, password):
        """Creates the account; false when it exists with another password.

        A repeated registration succeeds: ejabberd sends a request again if the helper that had
        it ended, and the first one may have been carried out (doc/protocol.md section 2.1).
        """
        created = self._execute(
            "INSERT INTO accounts (username, cost, salt, hash) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (username, *self._protect(password)),
        )
        return created == 1 or self.login(username, password)

    def set_password(self, username, password):
        """Gives the account a new password; false when it does not exist."""
        changed = self._execute(
            "UPDATE accounts SET cost = ?, salt = ?, hash = ? WHERE username = ?",
            (*self._protect(password), username),
        )
        return changed == 1

    def remove(self, username, password=None):
        """Removes the account; false when it does not exist, or when a wrong password is given."""
        if password is None:
            return self._execute("DELETE FROM accounts WHERE username = ?", (username,)) == 1
        stored = self._find(username)
        if not self._verify(stored, password):
            return False
        # Removes only what was verified, not an account that has a new password since.
        return self._execute(
            "DELETE FROM accounts WHERE username = ? AND hash = ?", (username, stored[-1])
        ) == 1

    def _execute(self, statement, values=()):
        with self._lock:
            return self._database.execute(statement, values).rowcount

    def _find(self, username):
        """The (cost, salt, hash) of an account, or None."""
        with self._lock:
            return self._database.execute(
                "SELECT cost, salt, hash FROM accounts WHERE username = ?", (username,)
            ).fetchone()

    def _protect(self, password):
        """A new (cost, salt, hash) for a password."""
        salt = os.urandom(SALT_BYTES)
        return self.cost, salt, _scrypt(password, self.cost, salt)

    def _verify(self, stored, password):
        # The same work whether the account exists or not: the time does not show which names exist.
        cost, salt, expected = stored or self._decoy
        matches = hmac.compare_digest(_scrypt(password, cost, salt), expected)
        return matches and stored is not None


def _scrypt(password, cost, salt):
    return hashlib.scrypt(
        password.encode(),
        salt=salt,
        n=cost,
        r=BLOCK_SIZE,
        p=PARALLELISM,
        dklen=HASH_BYTES,
        # OpenSSL refuses more than 32 MiB unless told otherwise; this is what scrypt needs.
        maxmem=128 * BLOCK_SIZE * (cost + PARALLELISM + 2),
    )
