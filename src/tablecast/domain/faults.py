"""Faults: which errors of a database pass by themselves, in the codes of each. This is the one place.

A fault becomes `DatabaseUnavailable`, whatever way it came; every other error stays the driver's, and
is a defect. Whatever a fault ended was undone by the database, but for a commit: see `of_commit`.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from pymysql import err
from tortoise.exceptions import OperationalError

from tablecast.errors import CommitUnknown, DatabaseUnavailable


class Fault(StrEnum):
    """What is the matter, in words for a log."""

    LOST = "the connection was lost"
    AWAY = "it cannot be reached"
    COLLIDED = "another transaction stood in the way"
    READ_ONLY = "it is read-only for now"
    FULL = "it has no room"


# Whoever meets these is better off with another connection: after a fail-over the old one leads to a
# server that takes no writes.
BREAKS = frozenset({Fault.LOST, Fault.AWAY, Fault.READ_ONLY})

_MYSQL: dict[Fault, frozenset[int]] = {
    # 1053 shutting down, 1152-1161 network, 1317 interrupted, 1927 and 3169 killed, 4031 idle too long
    Fault.LOST: frozenset(
        {1053, 1152, 1158, 1159, 1160, 1161, 1317, 1927, 2006, 2013, 2014, 2055, 3169, 4031}
    ),
    # 1040, 1203 and 1226 too many connections, 1047 a Galera node that is not ready
    Fault.AWAY: frozenset({1040, 1047, 1129, 1203, 1226, 2002, 2003, 2005}),
    Fault.COLLIDED: frozenset({1020, 1205, 1213}),
    Fault.READ_ONLY: frozenset({1290, 1792, 1836}),
    Fault.FULL: frozenset({1021, 1041, 1114}),
}

_SQLITE: dict[int, Fault] = {
    sqlite3.SQLITE_BUSY: Fault.COLLIDED,
    sqlite3.SQLITE_LOCKED: Fault.COLLIDED,
    sqlite3.SQLITE_READONLY: Fault.READ_ONLY,
    sqlite3.SQLITE_FULL: Fault.FULL,
    sqlite3.SQLITE_IOERR: Fault.AWAY,
    sqlite3.SQLITE_CANTOPEN: Fault.AWAY,
}

# Errors of a COMMIT after which it was certainly undone; any other leaves it unknown.
_UNDONE = frozenset({Fault.COLLIDED, Fault.READ_ONLY, Fault.FULL})


def fault_of(error: BaseException | None) -> Fault | None:
    """Return which fault an error of a driver, or Tortoise's of one, tells of; None for a defect."""
    cause = _driver_error(error)
    if isinstance(cause, sqlite3.OperationalError):
        return _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    # aiomysql's for a connection that it has closed; the last is uvloop's for one that is gone.
    if isinstance(cause, err.InterfaceError | OSError | EOFError) or _is_closed(cause):
        return Fault.LOST
    return _mysql(cause) if isinstance(cause, err.Error) else None


def unavailable(error: BaseException) -> DatabaseUnavailable | None:
    """The error that stands for a fault; None for whatever is none."""
    fault = fault_of(error)
    return None if fault is None else DatabaseUnavailable(_told(fault, error))


def of_commit(error: BaseException) -> DatabaseUnavailable | None:
    """The same where a COMMIT met it, or a write that is a transaction of its own: `CommitUnknown`
    where nobody knows whether it was done."""
    fault = fault_of(error)
    if fault is None:
        return None
    told = _told(fault, error)
    return DatabaseUnavailable(told) if fault in _UNDONE else CommitUnknown(told)


@contextmanager
def sorting(
    into: Callable[[BaseException], DatabaseUnavailable | None] = unavailable,
) -> Iterator[None]:
    """Raise the error `into` which a fault is made, for each that is met within."""
    try:
        yield
    except Exception as error:
        if found := into(error):
            raise found from error
        raise


def _told(fault: Fault, error: BaseException) -> str:
    return f"{fault}: {_driver_error(error)}"


def _driver_error(error: BaseException | None) -> BaseException | None:
    if isinstance(error, OperationalError) and error.args:
        first = error.args[0]
        return first if isinstance(first, BaseException) else None
    return error


def _mysql(cause: err.Error) -> Fault | None:
    code = cause.args[0] if cause.args else 0
    found = next((fault for fault, codes in _MYSQL.items() if code in codes), None)
    # 1290 names the option that forbids a statement: others than this one are no passing fault.
    if code == 1290 and "read-only" not in str(cause) and "read_only" not in str(cause):
        return None
    return found


def _is_closed(cause: BaseException | None) -> bool:
    return isinstance(cause, RuntimeError) and "handler is closed" in str(cause)
