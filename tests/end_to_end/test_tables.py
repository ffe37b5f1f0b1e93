"""Bad tables, through the API: a typed error with its place, or repairs that the profile counts.

All are taken in at once, and each test looks at what became of its own.
"""

import asyncio
import io
import pickle
from functools import partial
from typing import Any, NamedTuple

import pytest

from tablecast_demo import documents
from tablecast_demo.session import Answer, Session
from tests.datastore.test_bad_tables import zipped
from tests.datastore.test_parquet import as_parquet, many_rows, page_that_claims, repeated_text
from tests.end_to_end import job

MIB = 1 << 20

VERSION = """
query ($id: ID!) {
  datasetVersion(id: $id) {
    state rows columns error { code message row column hint }
    preview(limit: 2) { columns rows }
    profile {
      source { encoding delimiter }
      repairs { code count column message }
      columns { name type nulls }
    }
  }
}"""


class Fault(NamedTuple):
    """What is said of a table that is refused; `column` as far as there is one."""

    code: str
    row: int | None = None
    column: str | None = None


class Taken(NamedTuple):
    """What is said of a table that is taken in: its columns, and how often which repair was made."""

    columns: dict[str, str]
    rows: int
    repairs: dict[tuple[str, str | None], int]


def _pickled(protocol: int) -> bytes:
    return pickle.dumps({"a": [1, 2], "b": ["x", "y"]}, protocol)


def _wide() -> bytes:
    names = ",".join(f"c{number}" for number in range(10_000))
    rows = (",".join(str(row * number) for number in range(10_000)) for row in range(20))
    return "\n".join([names, *rows]).encode()


def _nested() -> bytes:
    import pyarrow as pa

    return as_parquet({"fine": pa.array([1, 2]), "nested": pa.array([[1], [2, 3]])})


ROWS = b"1,x\n" * 30
TEXT = "größe,name\n" + "12,Müller\n13,Zoë\n" * 50

REFUSED = {
    "empty": (b"", Fault("EMPTY_FILE")),
    "header only": (b"a,b\n", Fault("NO_ROWS")),
    "a row too long": (b"a,b\n1,2\n3,4,5\n", Fault("RAGGED_ROW", 3)),
    "most rows too short": (b"a,b,c\n" + b"1,2\n" * 40, Fault("TOO_MANY_RAGGED_ROWS")),
    "a quote never closed": (b'a,b\n1,"2\n3,4\n', Fault("UNCLOSED_QUOTE", 2, "column 2")),
    "a NUL byte": (b"a,b\n1,2\n3,\x00\n", Fault("NUL_BYTE", 3, "column 2")),
    "a zip named .csv": (zipped(), Fault("NOT_A_TABLE")),
    "a pickle named .csv": (_pickled(5), Fault("NOT_A_TABLE")),
    "an old pickle named .csv": (_pickled(0), Fault("NOT_A_TABLE")),
    "30,001 columns": (b"a," * 30_000 + b"\n1\n", Fault("TOO_MANY_COLUMNS")),
    "nested parquet": (_nested(), Fault("NESTED_COLUMN", None, "nested")),
    "half a parquet": (_nested()[:-100], Fault("UNREADABLE_PARQUET")),
}

# What runs out first, memory or the file's own truth, depends on how much memory there is.
BOMBS = {
    "a parquet page of 2 GiB": partial(page_that_claims, 2**31 - 1),
    "200 GB of one parquet text": partial(repeated_text, 200_000),
    "200,000,001 parquet rows": partial(many_rows, 200_000_001),
}
BOMB_CODES = {"OUT_OF_MEMORY", "TABLE_TOO_LARGE", "UNREADABLE_PARQUET"}

TAKEN = {
    "one column": (b"x\n1\n2\n", Taken({"x": "INTEGER"}, 2, {})),
    "duplicate headers": (
        b"a,a,a\n1,2,x\n3,4,y\n",
        Taken(
            {"a": "INTEGER", "a_2": "INTEGER", "a_3": "STRING"},
            2,
            {("DUPLICATE_HEADER", "a_2"): 1, ("DUPLICATE_HEADER", "a_3"): 1},
        ),
    ),
    "blank headers": (
        b"a,,  \n" + b"1,x,0.5\n" * 30,
        Taken(
            {"a": "INTEGER", "column_2": "STRING", "column_3": "FLOAT"},
            30,
            {("BLANK_HEADER", "column_2"): 1, ("BLANK_HEADER", "column_3"): 1},
        ),
    ),
    "a row too short": (
        b"a,b\n" + ROWS + b"3\n",
        Taken({"a": "INTEGER", "b": "STRING"}, 31, {("SHORT_ROW", None): 1}),
    ),
    "latin-1": (TEXT.encode("latin-1"), Taken({"größe": "INTEGER", "name": "STRING"}, 100, {})),
    "utf-16": (TEXT.encode("utf-16"), Taken({"größe": "INTEGER", "name": "STRING"}, 100, {})),
    "a byte order mark": (
        TEXT.encode("utf-8-sig"),
        Taken({"größe": "INTEGER", "name": "STRING"}, 100, {}),
    ),
}


async def _wished(session: Session, project: str, name: str, content: bytes) -> str:
    upload = await job.upload(session, project, content)
    return await job.dataset(session, upload, name)


async def _ended(session: Session, version: str) -> Answer:
    async for seen in session.follow(documents.FOLLOW_VERSION, id=version):
        if seen["state"] in ("READY", "FAILED"):
            break
    told: Answer = (await session.query(VERSION, id=version))["datasetVersion"]
    return told


async def _all(session: Session, name: str, tables: dict[str, bytes]) -> dict[str, Answer]:
    """What became of tables in a project of their own, which so has a datastore of its own."""
    project = await job.project(session, name)
    versions = {
        table: await _wished(session, project, table, content) for table, content in tables.items()
    }
    ended = await asyncio.gather(*(_ended(session, id_) for id_ in versions.values()))
    return dict(zip(versions, ended, strict=True))


@pytest.fixture(scope="module")
def outcomes(shared_machine):
    """What became of every table; the server is the same process afterwards, and answers."""
    odd = {name: content for name, (content, _) in (REFUSED | TAKEN).items()}
    bombs = {name: made() for name, made in BOMBS.items()}
    assert max(map(len, bombs.values())) < 3 * MIB

    async def taken_in() -> dict[str, Answer]:
        async with asyncio.timeout(180), Session(shared_machine.url) as session:
            wide = {"10,000 columns": _wide()}
            found = await asyncio.gather(
                _all(session, "odd", odd | bombs), _all(session, "wide", wide)
            )
            return found[0] | found[1]

    before = shared_machine.pid
    found = asyncio.run(taken_in())
    assert shared_machine.pid == before
    return found


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_is_a_typed_error_with_its_place(outcomes, name):
    """Code, row and column as the file has them, a sentence, and what would be right."""
    seen, expected = outcomes[name], REFUSED[name][1]
    assert seen["state"] == "FAILED"
    error = seen["error"]
    assert Fault(error["code"], error["row"], error["column"]) == expected
    assert error["message"].endswith(".")
    assert error["hint"]
    assert seen["preview"] is None


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_file_that_asks_for_gigabytes_is_refused(outcomes, name):
    """Whatever the file claims, the conversion has its memory and no more."""
    assert outcomes[name]["state"] == "FAILED"
    assert outcomes[name]["error"]["code"] in BOMB_CODES


@pytest.mark.parametrize("name", TAKEN)
def test_an_odd_table_is_taken_in_and_its_repairs_are_counted(outcomes, name):
    """Columns by name and type, and each repair with its column and count."""
    seen, expected = outcomes[name], TAKEN[name][1]
    assert seen["state"] == "READY", seen["error"]
    profile = seen["profile"]
    columns = {column["name"]: column["type"] for column in profile["columns"]}
    repairs = {(each["code"], each["column"]): each["count"] for each in profile["repairs"]}
    assert Taken(columns, seen["rows"], repairs) == expected
    assert seen["preview"]["columns"] == list(expected.columns)
    assert all(each["message"].endswith(".") for each in profile["repairs"])


def test_text_of_other_encodings_reads_as_it_was_written(outcomes):
    """Umlauts arrive, and the profile says how they were read."""
    read = {"latin-1": "cp1252", "utf-16": "utf-16-le", "a byte order mark": "utf-8"}
    for name, encoding in read.items():
        seen = outcomes[name]
        assert seen["preview"]["rows"] == [[12, "Müller"], [13, "Zoë"]]
        assert seen["profile"]["source"]["encoding"] == encoding


def test_ten_thousand_columns_are_a_table_with_a_profile_of_each(outcomes):
    """Wide is allowed; its profile and preview are answered whole."""
    seen = outcomes["10,000 columns"]
    assert (seen["state"], seen["rows"], seen["columns"]) == ("READY", 20, 10_000)
    assert len(seen["profile"]["columns"]) == 10_000
    assert seen["preview"]["rows"][1][9_999] == 9_999


async def test_a_field_of_100_mib_is_refused_with_its_place(shared_machine):
    """Sent through the API like any other; the server takes the next table as if nothing was."""
    content = io.BytesIO()
    content.write(b"a,b\n1,2\n3,")
    content.write(b"x" * (100 * MIB))
    content.write(b"\n")
    async with asyncio.timeout(90), Session(shared_machine.url) as session:
        project = await job.project(session, "huge-field")
        seen = await _ended(
            session, await _wished(session, project, "huge field", content.getvalue())
        )
        after = await _ended(session, await _wished(session, project, "after", b"a\n1\n"))
    assert seen["state"] == "FAILED"
    error: dict[str, Any] = seen["error"]
    assert Fault(error["code"], error["row"], error["column"]) == Fault(
        "FIELD_TOO_LARGE", 3, "column 2"
    )
    assert after["state"] == "READY"


def test_nothing_of_it_was_a_fault_of_the_servers(outcomes, shared_machine):
    """No traceback in the log, and a datastore for each project."""
    assert len(outcomes) == len(REFUSED) + len(TAKEN) + len(BOMBS) + 1
    assert "Traceback" not in shared_machine.log()
    assert len(shared_machine.processes("tablecast.datastore")) >= 2
