"""Plans: how MariaDB would carry out the statements that the program sends, by EXPLAIN.

Statements are taken from the server's own log of what it was asked.
"""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiomysql

from tests.database.filling import ROWS
from tests.database.mariadb import Server

# What of a table may be read or sorted for one answer: pages have at most a hundred rows.
FEW = 500


@dataclass(frozen=True)
class Fault:
    """A part of a plan that grows with a table."""

    what: str
    table: str
    rows: int
    statement: str

    def __str__(self) -> str:
        return f"{self.what} of {self.table}, {self.rows} rows: {shape_of(self.statement)}"


class Explained:
    """A connection that sees all statements, and how they would be carried out."""

    def __init__(self, cursor: aiomysql.DictCursor) -> None:
        self._cursor = cursor

    async def statements(self) -> list[str]:
        """One of each shape of statement that was asked since the last look."""
        await self._cursor.execute(
            "SELECT CONVERT(argument USING utf8mb4) AS text FROM mysql.general_log"
            " WHERE command_type = 'Query' AND user_host LIKE 'app%' ORDER BY event_time"
        )
        found = {shape_of(row["text"]): row["text"] for row in await self._cursor.fetchall()}
        await self._cursor.execute("TRUNCATE mysql.general_log")
        return [text for text in found.values() if text.startswith(("SELECT", "UPDATE", "DELETE"))]

    async def faults(self) -> list[Fault]:
        """What grows with a table, in the plans of all that was asked since the last look."""
        return [
            fault for statement in await self.statements() for fault in await self._of(statement)
        ]

    async def many_reads(self) -> list[Fault]:
        """Which tables more was really read of than a few rows, by all that was read since then."""
        found: list[Fault] = []
        for statement in await self.statements():
            if statement.startswith("SELECT"):
                await self._cursor.execute(f"ANALYZE {statement}")
                found += _reads(statement, await self._cursor.fetchall())
        return found

    async def _of(self, statement: str) -> list[Fault]:
        await self._cursor.execute(f"EXPLAIN {statement}")
        return list(_faults(statement, await self._cursor.fetchall()))


@asynccontextmanager
async def explained(server: Server) -> AsyncIterator[Explained]:
    """Have the server write down what it is asked, until the end of the block."""
    connection = await aiomysql.connect(
        host="127.0.0.1",
        port=server.port,
        user="root",
        db="tablecast",
        autocommit=True,
        cursorclass=aiomysql.DictCursor,
    )
    try:
        async with connection.cursor() as cursor:
            await cursor.execute("SET GLOBAL log_output = 'TABLE'")
            await cursor.execute("TRUNCATE mysql.general_log")
            await cursor.execute("SET GLOBAL general_log = 1")
            yield Explained(cursor)
            await cursor.execute("SET GLOBAL general_log = 0")
    finally:
        connection.close()


def shape_of(statement: str) -> str:
    """A statement without its values, and without how many of them a list has."""
    shape = re.sub(r"'(?:[^'\\]|\\.)*'|\b\d+\b", "?", statement)
    return re.sub(r"\(\?(,\?)*\)", "(?)", shape)


def _reads(statement: str, plan: Iterable[dict]) -> Iterable[Fault]:
    for step in plan:
        table, rows = str(step["table"]).strip("`"), int(float(step["r_rows"] or 0))
        if table in ROWS and rows > FEW:
            yield Fault("a reading", table, rows, statement)


def _faults(statement: str, plan: Iterable[dict]) -> Iterable[Fault]:
    for step in plan:
        # "ref|filter" and "12 (5%)": an index of which another one leaves rows out.
        table, rows = str(step["table"]).strip("`"), int(str(step["rows"] or 0).split()[0])
        extra = step["Extra"] or ""
        if table not in ROWS or rows <= FEW:
            continue
        if step["type"] == "ALL":
            yield Fault("a full scan", table, rows, statement)
        elif step["type"] == "index":
            yield Fault("a full scan of an index", table, rows, statement)
        if "filesort" in extra or "temporary" in extra:
            yield Fault("a sort", table, rows, statement)
