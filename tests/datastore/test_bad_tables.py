"""Files that are no tables, or bad ones: a typed error with its place, and a server that lives on."""

import gzip
import io
import pickle
import random
import zipfile

import pytest

from tests.datastore.running import resident, table, until

MIB = 1 << 20


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("table.csv", "a,b\n1,2\n")
    return buffer.getvalue()


def case(data: bytes, code: str, name: str, row: int | None = None, column: str | None = None):
    return pytest.param(data, code, row, column, id=name)


BAD = [
    case(b"", "EMPTY_FILE", "empty"),
    case(b" \n\n\r\n", "EMPTY_FILE", "blank lines only"),
    case(b"a,b\n", "NO_ROWS", "header only"),
    case(b"a,b\n1,2\n3,4,5\n", "RAGGED_ROW", "a row too long", 3),
    case(b"a,b,c\n" + b"1,2\n" * 40, "TOO_MANY_RAGGED_ROWS", "most rows too short"),
    case(b"a,b\n1,2\n3,\x00\n", "NUL_BYTE", "a NUL byte", 3, "column 2"),
    case("a,ü\n1,é\n".encode() * 9 + b"2,\xff\n", "INVALID_BYTES", "broken utf-8", 19, "column 2"),
    case(b'a,b\n1,"2\n3,4\n', "UNCLOSED_QUOTE", "a quote never closed", 2, "column 2"),
    case(b"a,b\n1,2\n3," + b"x" * (3 * MIB), "FIELD_TOO_LARGE", "a large field", 3, "column 2"),
    case(b"h" * (2 * MIB) + b",b\n1,2\n", "FIELD_TOO_LARGE", "a large header", 1, "column 1"),
    case(b"a,b\n" + b"1," * (5 * MIB), "ROW_TOO_LARGE", "a large row", 2),
    case(b"a," * 30_000 + b"\n1\n", "TOO_MANY_COLUMNS", "30,001 columns"),
    case(zipped(), "NOT_A_TABLE", "a zip named .csv"),
    case(gzip.compress(b"a,b\n1,2\n"), "NOT_A_TABLE", "compressed"),
    case(pickle.dumps({"a": [1, 2]}), "NOT_A_TABLE", "a pickle named .csv"),
    case(pickle.dumps({"a": [1, 2]}, 0), "NOT_A_TABLE", "an old pickle named .csv"),
    case(b'[{"a": 1}]', "NOT_A_TABLE", "json"),
    case(b"<!DOCTYPE html><html>", "NOT_A_TABLE", "a web page"),
    case(random.Random(7).randbytes(10_000).replace(b"\0", b"\1"), "NOT_A_TABLE", "noise"),
]


@pytest.mark.parametrize(("data", "code", "row", "column"), BAD)
def test_a_bad_table_is_a_typed_error_with_its_place(datastore, request, data, code, row, column):
    name = request.node.callspec.id.replace(" ", "-").replace(".", "").replace(",", "")
    state = datastore.convert(name, data)
    assert state["state"] == "FAILED"
    error = state["error"]
    assert (error["code"], error["row"], error["column"]) == (code, row, column)
    assert error["message"].endswith(".")
    assert error["hint"]
    assert not list((datastore.root / "datasets/d" / name).glob("*.part"))
    assert datastore.ask("GET", "/healthz").status_code == 200


@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param({"encoding": "klingon"}, "UNKNOWN_ENCODING", id="encoding"),
        pytest.param({"encoding": "base64"}, "UNKNOWN_ENCODING", id="no text encoding"),
        pytest.param({"encoding": "utf-8"}, "INVALID_BYTES", id="wrong encoding"),
        pytest.param({"delimiter": "ab"}, "BAD_DELIMITER", id="delimiter"),
    ],
)
def test_an_option_that_does_not_fit_is_a_typed_error(datastore, request, options, code):
    name = request.node.callspec.id.replace(" ", "-")
    assert datastore.convert(name, b"a,b\n1,\xfc\n", **options)["error"]["code"] == code


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"1", id="a number"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"upload": 5}', id="a number for a name"),
        pytest.param(b'{"upload": "../x"}', id="a path for a name"),
        pytest.param(b'{"upload": "x", "options": {"decimal": "x"}}', id="a letter for a decimal"),
        pytest.param(b'{"upload": "x", "options": {"null_values": "x"}}', id="a text for a list"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(datastore, body):
    answer = datastore.ask("PUT", "/v1/datasets/d/versions/nonsense", data=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


def test_one_column_is_a_table(datastore):
    state = datastore.convert("one-column", b"x\n1\n2\n")
    assert (state["state"], state["rows"], state["columns"]) == ("READY", 2, 1)


def test_ten_thousand_columns_are_a_table(datastore):
    names = ",".join(f"c{index}" for index in range(10_000))
    rows = (",".join(str(row * index) for index in range(10_000)) for row in range(20))
    state = datastore.convert("wide", "\n".join([names, *rows]).encode())
    assert (state["state"], state["rows"], state["columns"]) == ("READY", 20, 10_000)
    assert table(datastore, "wide")["c9999"][19] == 19 * 9999


def test_a_field_of_100_mib_is_refused_in_little_memory(start):
    datastore = start()
    path = datastore.begin("huge", b"a,b\n1,2\n3," + b"x" * (100 * MIB) + b"\n")
    child = until(datastore.children, "the conversion to start")[0]
    most = 0
    while datastore.ask("GET", path).json()["state"] == "CONVERTING":
        try:
            most = max(most, resident(child))
        except (FileNotFoundError, ProcessLookupError):
            break
    error = datastore.converted(path)["error"]
    assert (error["code"], error["row"], error["column"]) == ("FIELD_TOO_LARGE", 3, "column 2")
    assert most < 400 * MIB
