"""What a CSV becomes: its types, encodings, dialects and repairs, seen in the profile and the Parquet."""

import datetime as dt

import pytest

from tests.datastore.running import table, types

HEADER = b"id;name;when;price;member;code;moment;zoned\n"
TYPED = HEADER + (
    b"1;a;2024-01-31;1,5;true;007;2024-01-31 10:00:00;2024-01-31T10:00:00+02:00\n"
    b"2;;NA;-1e3;FALSE;010;2024-01-31T10:00:00.25;2024-01-31T10:00:00Z\n"
    b" 3 ;c d;2024-02-29;2;NA;NA;NA;NA\n"
)


def moment(time: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2024-01-31T{time}")


def test_each_column_gets_the_narrowest_type_that_holds_all_its_values(datastore):
    state = datastore.convert("typed", TYPED)
    names = ["id", "name", "when", "price", "member", "code", "moment", "zoned"]
    assert [column["name"] for column in state["profile"]["columns"]] == names
    assert types(state) == [
        *("INTEGER", "STRING", "DATE", "FLOAT", "BOOLEAN", "STRING", "TIMESTAMP", "TIMESTAMP")
    ]
    assert state["profile"]["source"] == {
        "format": "CSV",
        "encoding": "utf-8",
        "delimiter": ";",
        "decimal": ",",
        "has_header": True,
    }
    assert table(datastore, "typed") == {
        "id": [1, 2, 3],
        "name": ["a", None, "c d"],
        "when": [dt.date(2024, 1, 31), None, dt.date(2024, 2, 29)],
        "price": [1.5, -1000.0, 2.0],
        "member": [True, False, None],
        "code": ["007", "010", None],
        "moment": [moment("10:00:00"), moment("10:00:00.250"), None],
        "zoned": [moment("08:00:00"), moment("10:00:00"), None],
    }


VALUES = [
    pytest.param(["9223372036854775807"], "INTEGER", id="the largest integer"),
    pytest.param(["9223372036854775808", "1"], "STRING", id="an integer beyond 64 bits"),
    pytest.param(["9007199254740993", "1.5"], "STRING", id="an integer that a float would round"),
    pytest.param(["1e300", "2"], "FLOAT", id="large floats"),
    pytest.param(["0", "1", "-7"], "INTEGER", id="zero and minus"),
    pytest.param(["0.5", "-0.25"], "FLOAT", id="fractions of one"),
    pytest.param(["0x1F", "2"], "STRING", id="hexadecimal"),
    pytest.param(["+4930123", "2"], "STRING", id="a telephone number"),
    pytest.param(["00123", "2"], "STRING", id="a leading zero"),
    pytest.param(["1,234.5", "2"], "STRING", id="thousands"),
    pytest.param(["2024-02-30"], "STRING", id="a day that is none"),
    pytest.param(["31.12.2024", "1.2.2024"], "DATE", id="days first with dots"),
    pytest.param(["30.02.2024"], "STRING", id="a day that is none, with dots"),
    pytest.param(["12/31/2024", "1/2/2024"], "DATE", id="months first, as one value shows"),
    pytest.param(["31/12/2024 10:30", "1/2/2024 09:00"], "TIMESTAMP", id="days first with hours"),
    pytest.param(["1/2/2024", "3/4/2024"], "STRING", id="days and months that could be swapped"),
    pytest.param(["2024/1/2"], "DATE", id="years first with slashes"),
    pytest.param(["yes", "no"], "STRING", id="yes and no"),
    pytest.param(["true", "1"], "STRING", id="true and one"),
    pytest.param(["inf", "inf"], "STRING", id="nothing but infinity"),
    pytest.param(["NA", ""], "STRING", id="nothing but nulls"),
    pytest.param(["  ", "   "], "STRING", id="nothing but blanks"),
]


def test_a_value_read_two_ways_by_two_people_stays_text(datastore):
    """All cases in one table, a column each."""
    cases = [parameter.values for parameter in VALUES]
    rows = [
        "\t".join(values[row] if row < len(values) else "" for values, _ in cases)
        for row in range(2)
    ]
    header = "\t".join(f"c{index}" for index in range(len(cases)))
    state = datastore.convert("values", "\n".join([header, *rows, ""]).encode())
    found = {p.id: kind for p, kind in zip(VALUES, types(state), strict=True)}
    assert found == {parameter.id: parameter.values[1] for parameter in VALUES}
    repairs = {repair["code"]: repair["column"] for repair in state["profile"]["repairs"]}
    assert repairs == {"AMBIGUOUS_DATES": "c15"}


def test_types_come_from_all_rows_not_from_the_first(datastore):
    rows = b"n,m\n" + b"1,1\n" * 2_000_000 + b"x,1.5\n"
    state = datastore.convert("late", rows)
    assert types(state) == ["STRING", "FLOAT"]
    assert state["rows"] == 2_000_001


ENCODINGS = [
    pytest.param("utf-8", "utf-8", id="utf-8"),
    pytest.param("utf-8-sig", "utf-8", id="utf-8 with a mark"),
    pytest.param("utf-16", "utf-16-le", id="utf-16 with a mark"),
    pytest.param("utf-16-be", "utf-16-be", id="utf-16 big-endian without a mark"),
    pytest.param("latin-1", "cp1252", id="latin-1"),
]


@pytest.mark.parametrize(("encoding", "told"), ENCODINGS)
def test_text_is_read_in_the_encoding_it_was_written_in(datastore, encoding, told):
    text = "Größe,Name\n" + "12,Müller\n13,Zoë\n" * 50
    name = encoding.replace("_", "-")
    state = datastore.convert(f"enc-{name}", text.encode(encoding))
    assert state["profile"]["source"]["encoding"] == told
    assert set(table(datastore, f"enc-{name}")) == {"Größe", "Name"}
    assert table(datastore, f"enc-{name}")["Name"][:2] == ["Müller", "Zoë"]


def test_the_euro_of_windows_is_no_control_character(datastore):
    datastore.convert("euro", "preis\n5 €\n".encode("cp1252"))
    assert table(datastore, "euro") == {"preis": ["5 €"]}


def test_cyrillic_is_recognised_from_enough_of_it(datastore):
    text = "имя,город\n" + "Александр,Санкт-Петербург\nЕкатерина,Новосибирск\n" * 40
    state = datastore.convert("cyrillic", text.encode("cp1251"))
    assert state["profile"]["source"]["encoding"] == "cp1251"
    assert table(datastore, "cyrillic")["имя"][0] == "Александр"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(datastore, delimiter):
    rows = ["a,b;c\td|e".replace(delimiter, " "), "x", "1"]
    text = "".join(delimiter.join([rows[0], rows[1], rows[2]]) + "\n" for _ in range(5))
    name = f"delimiter-{ord(delimiter)}"
    state = datastore.convert(
        name, b"h1" + f"{delimiter}h2{delimiter}h3\n".encode() + text.encode()
    )
    assert state["profile"]["source"]["delimiter"] == delimiter
    assert state["columns"] == 3


def test_options_overrule_what_would_be_guessed(datastore):
    text = "1.5~gone~x\n2~3~y\n".encode("utf-16-le")
    state = datastore.convert(
        "options",
        text,
        delimiter="~",
        encoding="utf-16-le",
        decimal=".",
        null_values=["gone"],
        has_header=False,
    )
    assert state["state"] == "READY"
    assert table(datastore, "options") == {
        "column_1": [1.5, 2.0],
        "column_2": [None, 3],
        "column_3": ["x", "y"],
    }


def test_null_values_of_the_person_replace_ours(datastore):
    datastore.convert("nulls", b"a,b\nNA,-\n-,x\n", null_values=["-"])
    assert table(datastore, "nulls") == {"a": ["NA", None], "b": [None, "x"]}


def test_quotes_hold_delimiters_newlines_and_quotes(datastore):
    datastore.convert("quotes", b'a,b\r\n"x,1","l1\nl2"\r\n"say ""hi""",5" pipe\r\n')
    expected = {"a": ["x,1", 'say "hi"'], "b": ["l1\nl2", '5" pipe']}
    assert table(datastore, "quotes") == expected


def test_blank_and_repeated_headers_are_repaired_and_counted(datastore):
    state = datastore.convert("headers", b"a,,a, a ,a_2\n1,2,3,4,5\n")
    assert list(table(datastore, "headers")) == ["a", "column_2", "a_3", "a_4", "a_2"]
    repairs = [(r["code"], r["column"], r["count"]) for r in state["profile"]["repairs"]]
    assert repairs == [
        ("BLANK_HEADER", "column_2", 1),
        ("DUPLICATE_HEADER", "a_3", 1),
        ("DUPLICATE_HEADER", "a_4", 1),
    ]


def test_short_rows_are_padded_in_their_place_and_counted(datastore):
    rows = [f"{number},x,y" for number in range(200)]
    rows[0], rows[7], rows[8], rows[199] = "0", "7,x", "8,x,y,,", "199,NA"
    state = datastore.convert("short", "\n".join(["n,a,b", *rows]).encode())
    repairs = {r["code"]: r["count"] for r in state["profile"]["repairs"]}
    assert repairs == {"SHORT_ROW": 3, "LONG_ROW": 1}
    columns = table(datastore, "short")
    assert columns["n"] == list(range(200))
    nulls = [columns["b"][0], columns["b"][7], columns["a"][199], columns["b"][199]]
    assert nulls == [None] * 4
    assert columns["b"][8] == "y"


def test_infinities_become_nulls_and_are_counted(datastore):
    state = datastore.convert("infinite", b"x\n1.5\ninf\n-Infinity\n1e999\n")
    assert table(datastore, "infinite") == {"x": [1.5, None, None, None]}
    assert [(r["code"], r["count"]) for r in state["profile"]["repairs"]] == [("NOT_FINITE", 3)]


def test_the_profile_says_what_is_in_each_column(datastore):
    rows = "".join(f"{n % 5},{n / 4},{'abc'[n % 3]},2024-01-0{n % 9 + 1}\n" for n in range(100))
    state = datastore.convert("profile", f"n,x,c,d\n{rows}0,0,a,2024-01-01\n".encode())
    profile = state["profile"]
    assert (profile["rows"], profile["duplicate_rows"]) == (101, 1)
    n, x, c, d = profile["columns"]
    assert (n["distinct"], n["distinct_exact"], n["minimum"], n["maximum"]) == (5, True, 0, 4)
    assert n["histogram"]["counts"] == [21, 20, 20, 20, 20]
    assert n["top"][0] == {"value": "0", "count": 21}
    assert x["mean"] == pytest.approx(sum(range(100)) / 4 / 101)
    assert (sum(x["histogram"]["counts"]), len(x["histogram"]["edges"])) == (101, 21)
    assert [one["count"] for one in c["top"]] == [35, 33, 33]
    assert (d["minimum"], d["maximum"], d["mean"]) == ("2024-01-01", "2024-01-09", None)


def test_many_different_values_are_counted_within_two_percent(datastore):
    rows = "".join(f"{n},user-{n % 150_000}\n" for n in range(300_000))
    state = datastore.convert("many", f"id,user\n{rows}".encode())
    identity, user = state["profile"]["columns"]
    assert not identity["distinct_exact"]
    assert not user["distinct_exact"]
    assert identity["distinct"] == pytest.approx(300_000, rel=0.02)
    assert user["distinct"] == pytest.approx(150_000, rel=0.02)
    assert state["profile"]["duplicate_rows"] == 0


def test_the_preview_is_the_first_rows_as_json(datastore):
    path = "/v1/datasets/d/versions/preview"
    rows = "".join(f"{n},2024-01-01,{'y' * 600}\n" for n in range(500))
    datastore.convert("preview", f"n,d,s\n{rows}".encode())
    preview = datastore.ask("GET", f"{path}/preview?offset=198&limit=5").json()
    assert (preview["columns"], preview["total"]) == (["n", "d", "s"], 200)
    cut = "y" * 499 + "…"
    assert preview["rows"] == [[198, "2024-01-01", cut], [199, "2024-01-01", cut]]
    assert datastore.ask("GET", f"{path}/preview?offset=-1").status_code == 400
