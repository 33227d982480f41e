# SPDX-License-Identifier: ISC
"""How accounts are kept."""

import hashlib
import os
import stat
import threading

import accounts as module
import pytest
from accounts import Accounts, AccountsError

CHEAP = 2
JULIET = "juliet@example.org"


@pytest.fixture
def accounts(tmp_path):
    accounts = Accounts(tmp_path / "accounts.sqlite", CHEAP)
    yield accounts
    accounts.close()


@pytest.fixture
def work(monkeypatch):
    """The (n, r, p) of every scrypt that is computed."""
    real, seen = hashlib.scrypt, []

    def spy(*arguments, **options):
        seen.append((options["n"], options["r"], options["p"]))
        return real(*arguments, **options)

    monkeypatch.setattr(module.hashlib, "scrypt", spy)
    return seen


def test_a_password_costs_what_the_documentation_says(tmp_path, work):
    accounts = Accounts(tmp_path / "accounts.sqlite")
    accounts.register(JULIET, "secret")
    assert accounts.login(JULIET, "secret")
    assert work == [(2**14, 8, 1)] * 2
    accounts.close()


def test_an_unknown_user_costs_as_much_work_as_a_wrong_password(accounts, work):
    accounts.register(JULIET, "secret")
    work.clear()
    assert not accounts.login(JULIET, "wrong")
    known = work.copy()
    work.clear()
    assert not accounts.login("nobody@example.org", "wrong")
    assert work == known == [(CHEAP, 8, 1)]


def test_the_file_holds_no_password_and_is_for_its_owner_only(tmp_path, accounts):
    accounts.register(JULIET, "a password to look for")
    file = tmp_path / "accounts.sqlite"
    content = file.read_bytes()
    assert JULIET.encode() in content
    assert b"a password to look for" not in content
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["accounts.sqlite"]


def test_equal_passwords_are_stored_differently(accounts):
    accounts.register(JULIET, "secret")
    accounts.register("romeo@example.org", "secret")
    stored = accounts._find(JULIET), accounts._find("romeo@example.org")
    assert stored[0][1] != stored[1][1] and stored[0][2] != stored[1][2]


def test_accounts_outlive_the_program_and_a_change_of_cost(tmp_path, work):
    for cost in (2, 4):
        accounts = Accounts(tmp_path / "accounts.sqlite", cost)
        accounts.register(JULIET, "secret")
        assert accounts.login(JULIET, "secret")
        accounts.close()
    assert work[-1] == (2, 8, 1)


def test_names_and_passwords_are_compared_byte_for_byte(accounts):
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    accounts.register(f"{composed}@example.org", composed)
    assert accounts.login(f"{composed}@example.org", composed)
    assert not accounts.login(f"{composed}@example.org", decomposed)
    assert not accounts.exists(f"{decomposed}@example.org")
    assert not accounts.exists(f"{composed.upper()}@example.org")


def test_of_many_registrations_at_a_time_one_wins(accounts):
    count = 8
    together = threading.Barrier(count)
    won = []

    def register(password):
        together.wait()
        if accounts.register(JULIET, password):
            won.append(password)

    threads = [threading.Thread(target=register, args=(f"password {i}",)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert [p for p in (f"password {i}" for i in range(count)) if accounts.login(JULIET, p)] == won


def test_a_removal_spares_an_account_whose_password_changes_meanwhile(accounts, monkeypatch):
    accounts.register(JULIET, "secret")
    verify = accounts._verify

    def verify_and_change(stored, password):
        accounts.set_password(JULIET, "new")
        return verify(stored, password)

    monkeypatch.setattr(accounts, "_verify", verify_and_change)
    assert not accounts.remove(JULIET, "secret")
    monkeypatch.undo()
    assert accounts.login(JULIET, "new")


@pytest.mark.parametrize("spoil", ["no folder", "no database"])
def test_a_database_that_cannot_be_used_says_what_to_do(tmp_path, spoil):
    file = tmp_path / "file.sqlite"
    if spoil == "no folder":
        file = tmp_path / "missing" / "file.sqlite"
    else:
        file.write_text("The quick brown fox jumps over the lazy dog. " * 20)
    with pytest.raises(AccountsError, match="file.sqlite.*folder must exist and be writable"):
        Accounts(file)
