"""Parquet in: copied into the six plain types, or refused with its column; bombs do no harm."""

import datetime as dt
import decimal
import io
import random

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.datastore.running import table, types

MIB = 1 << 20


def as_parquet(columns: dict[str, pa.Array] | pa.Table, **options) -> bytes:
    buffer = io.BytesIO()
    whole = columns if isinstance(columns, pa.Table) else pa.table(columns)
    parquet.write_table(whole, buffer, **options)
    return buffer.getvalue()


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


PLAIN = {
    "int8": (pa.array([1, None], pa.int8()), "INTEGER", [1, None]),
    "uint64": (pa.array([1, 2], pa.uint64()), "INTEGER", [1, 2]),
    "too large": (pa.array([2**64 - 1, 1], pa.uint64()), "STRING", ["18446744073709551615", "1"]),
    "float": (pa.array([0.5, float("nan")], pa.float32()), "FLOAT", [0.5, None]),
    "half": (pa.array([np.float16(0.5), None], pa.float16()), "FLOAT", [0.5, None]),
    "money": (pa.array([decimal.Decimal("1.25"), None]), "FLOAT", [1.25, None]),
    "whole": (pa.array([decimal.Decimal("7"), None], pa.decimal128(5, 0)), "INTEGER", [7, None]),
    "flag": (pa.array([True, None]), "BOOLEAN", [True, None]),
    "day": (
        pa.array([dt.date(2024, 1, 2), None], pa.date64()),
        "DATE",
        [dt.date(2024, 1, 2), None],
    ),
    "zoned": (
        pa.array([moment("2024-01-31T10:00:00+00:00"), None], pa.timestamp("ns", "Asia/Tokyo")),
        "TIMESTAMP",
        [moment("2024-01-31T10:00:00"), None],
    ),
    "naive": (
        pa.array([moment("2024-01-31T10:00:00"), None], pa.timestamp("s")),
        "TIMESTAMP",
        [moment("2024-01-31T10:00:00"), None],
    ),
    "time": (pa.array([dt.time(10, 30), None]), "STRING", ["10:30:00.000000", None]),
    "took": (pa.array([dt.timedelta(seconds=1.5), None]), "FLOAT", [1.5, None]),
    "category": (pa.array(["a", None]).dictionary_encode(), "STRING", ["a", None]),
    "large": (pa.array(["ä", None], pa.large_string()), "STRING", ["ä", None]),
    "nothing": (pa.nulls(2), "STRING", [None, None]),
    "dotted.name": (pa.array([1, 2]), "INTEGER", [1, 2]),
}


def test_every_flat_type_becomes_one_of_six(datastore):
    state = datastore.convert("plain", as_parquet({name: v[0] for name, v in PLAIN.items()}))
    assert dict(zip(PLAIN, types(state), strict=True)) == {n: v[1] for n, v in PLAIN.items()}
    assert table(datastore, "plain") == {name: values[2] for name, values in PLAIN.items()}
    assert state["profile"]["source"]["format"] == "PARQUET"


def test_the_copy_is_plain_so_that_every_reader_sees_the_same(datastore):
    frame = pa.table({"c": pa.array(["a", "b"]).dictionary_encode(), "__index_level_0__": [0, 1]})
    state = datastore.convert("copy", as_parquet(frame))
    written = parquet.read_schema(datastore.root / "datasets/d/copy/table.parquet")
    assert written.field("c").type == pa.string()
    assert written.names == ["c"]
    assert [repair["code"] for repair in state["profile"]["repairs"]] == ["INDEX_DROPPED"]


def test_several_row_groups_keep_their_order(datastore):
    data = as_parquet({"n": pa.array(range(50_000))}, row_group_size=1000)
    assert datastore.convert("groups", data)["rows"] == 50_000
    assert table(datastore, "groups") == {"n": list(range(50_000))}


NESTED = [
    pytest.param(pa.array([[1], [2]]), "NESTED_COLUMN", id="lists"),
    pytest.param(pa.array([{"a": 1}, None]), "NESTED_COLUMN", id="structs"),
    pytest.param(
        pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int8())), "NESTED_COLUMN", id="maps"
    ),
    pytest.param(pa.array([b"\xff\0"]), "UNSUPPORTED_COLUMN", id="bytes"),
]


@pytest.mark.parametrize(("values", "code"), NESTED)
def test_values_that_are_not_single_are_refused_by_column(datastore, request, values, code):
    data = as_parquet({"fine": pa.array(range(len(values))), "not": values})
    error = datastore.convert(f"nested-{request.node.callspec.id}", data)["error"]
    assert (error["code"], error["column"]) == (code, "not")


def test_text_that_is_no_utf_8_is_refused_by_column(datastore):
    wrong = pa.array([b"\xff\xfe"]).view(pa.string())
    error = datastore.convert("no-utf-8", as_parquet({"t": wrong}))["error"]
    assert (error["code"], error["column"]) == ("INVALID_VALUES", "t")


BROKEN = as_parquet({"n": pa.array(range(1000))})
DEEP: pa.Array = pa.array([1])
for _ in range(150):
    DEEP = pa.StructArray.from_arrays([DEEP], ["s"])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(BROKEN[:-100], "UNREADABLE_PARQUET", id="cut off"),
        pytest.param(b"PAR1" + b"x" * 100 + b"PAR1", "UNREADABLE_PARQUET", id="no footer"),
        pytest.param(b"PAR1\xff\xff\xff\x7fPAR1", "UNREADABLE_PARQUET", id="footer of 2 GiB"),
        pytest.param(as_parquet({"n": pa.array([], pa.int8())}), "NO_ROWS", id="no rows"),
        pytest.param(as_parquet({"n": DEEP}), "UNREADABLE_PARQUET", id="150 levels deep"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_typed_error(datastore, request, data, code):
    name = request.node.callspec.id.replace(" ", "-")
    assert datastore.convert(name, data)["error"]["code"] == code


def page_that_claims(size: int) -> bytes:
    """Return a file of some hundred bytes with a page header that asks for `size` bytes."""
    data = as_parquet({"n": pa.array([7] * 100)}, compression="snappy", use_dictionary=False)
    start = data.index(b"\x15\x00\x15", 4) + 3
    _, middle = read_varint(data, start)
    compressed, end = read_varint(data, middle + 1)
    claimed = varint(size << 1)
    # the page shrinks by what its header grows, so that the column chunk stays as long as it was
    shorter = varint(compressed - ((len(claimed) - (middle - start)) << 1))
    return data[:start] + claimed + data[middle : middle + 1] + shorter + data[end:]


def read_varint(data: bytes, start: int) -> tuple[int, int]:
    end, number, shift = start, 0, 0
    while True:
        number |= (data[end] & 0x7F) << shift
        shift, end = shift + 7, end + 1
        if not data[end - 1] & 0x80:
            return number, end


def varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def repeated_text(rows: int) -> bytes:
    """Return a file that holds one text of a megabyte once, and asks for it `rows` times."""
    indices = pa.array(np.zeros(rows, np.int32))
    text = pa.DictionaryArray.from_arrays(indices, pa.array(["x" * 1_000_000]))
    return as_parquet({"text": text})


def many_rows(rows: int) -> bytes:
    return as_parquet({"n": pa.array(np.zeros(rows, bool))}, row_group_size=rows)


BOMBS = [
    pytest.param(page_that_claims(2**31 - 1), "OUT_OF_MEMORY", id="a page of 2 GiB"),
    pytest.param(repeated_text(200_000), "OUT_OF_MEMORY", id="200 GB of one text"),
    pytest.param(many_rows(200_000_001), "TABLE_TOO_LARGE", id="200,000,001 rows"),
]


@pytest.mark.parametrize(("data", "code"), BOMBS)
def test_a_small_file_that_asks_for_gigabytes_is_refused(datastore, request, data, code):
    assert len(data) < 3 * MIB
    name = request.node.callspec.id.replace(" ", "-").replace(",", "")
    state = datastore.convert(name, data)
    assert (state["state"], state["error"]["code"]) == ("FAILED", code)
    assert datastore.memory() < 150 * MIB


def test_bytes_flipped_anywhere_never_bring_the_server_down(datastore):
    whole = as_parquet({"n": pa.array(range(500)), "t": pa.array([f"t{n}" for n in range(500)])})
    chance = random.Random(11)
    paths = []
    for number in range(12):
        data = bytearray(whole)
        for _ in range(4):
            data[chance.randrange(4, len(data))] = chance.randrange(256)
        paths.append(datastore.begin(f"flipped-{number}", bytes(data)))
    ended = [datastore.converted(path) for path in paths]
    assert all(state["state"] == "READY" or state["error"]["code"] for state in ended)
    assert datastore.convert("after-flips", b"a\n1\n")["state"] == "READY"
