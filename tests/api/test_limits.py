"""Limits on documents: each is reached by a document just beyond it, and not by one just within."""

import time
from typing import Any

import pytest
from graphql import get_introspection_query
from strawberry.types.execution import ExecutionResult

from tablecast.api.limits import extensions_for
from tablecast.api.limits.documents import CHARACTERS, ENTRIES, Documents
from tablecast.settings import Limits, Settings
from tests.api.tiny import tiny_schema

LIMITS = Limits(
    query_characters=3_000,
    query_tokens=600,
    query_depth=8,
    query_aliases=3,
    query_directives=4,
    query_cost=1_000,
    page_size=50,
)


async def execute(
    query: str, variables: dict[str, Any] | None = None, *, explorer: bool = True
) -> ExecutionResult:
    schema = tiny_schema(extensions_for(Settings(explorer=explorer), LIMITS))
    return await schema.execute(query, variable_values=variables)


def nested(levels: int) -> str:
    return "{" + "inner{" * (levels - 1) + "name" + "}" * levels


def chained(links: int) -> str:
    parts = [f"fragment f{n} on Thing {{ inner {{ ...f{n + 1} }} }}" for n in range(links)]
    return "{ inner { ...f0 } }" + " ".join(parts) + f" fragment f{links} on Thing {{ name }}"


def aliased(count: int) -> str:
    return "{" + " ".join(f"a{n}: name" for n in range(count)) + "}"


def directed(count: int) -> str:
    return "{" + " ".join(f"a{n} @skip(if: false)" for n in range(count)) + "}"


def paged(first: str, *, inner: str = "name") -> str:
    return f"{{ things(first: {first}) {{ edges {{ node {{ {inner} }} }} }} }}"


@pytest.mark.parametrize(
    ("query", "code", "limit"),
    [
        pytest.param('{ echo(text: "' + "x" * 3_000 + '") }', "QUERY_TOO_LONG", 3_000, id="text"),
        pytest.param(
            "{ " + "x " * 600 + "}", "QUERY_TOO_MANY_TOKENS", 600, id="tokens of one field"
        ),
        pytest.param(nested(9), "QUERY_TOO_DEEP", 8, id="fields"),
        pytest.param(nested(150), "QUERY_TOO_DEEP", 8, id="fields, deeper than the parser goes"),
        pytest.param(chained(7), "QUERY_TOO_DEEP", 8, id="fields in fragments"),
        pytest.param(
            "{ __schema " + "{ types " * 30 + "{ name }" + "}" * 31,
            "QUERY_TOO_DEEP",
            8,
            id="introspection",
        ),
        pytest.param(
            "{ echo(text: " + "[" * 300 + "]" * 90 + ") }", "QUERY_TOO_DEEP", 8, id="lists"
        ),
        pytest.param(aliased(4), "QUERY_TOO_MANY_ALIASES", 3, id="aliases"),
        pytest.param(
            "{ ...f } fragment f on Query " + aliased(4), "QUERY_TOO_MANY_ALIASES", 3, id="hidden"
        ),
        pytest.param(directed(5), "QUERY_TOO_MANY_DIRECTIVES", 4, id="directives"),
        pytest.param(
            "{ name " + "@skip(if: false) " * 5 + "}", "QUERY_TOO_MANY_DIRECTIVES", 4, id="on one"
        ),
        pytest.param("{ " + "name " * 32 + "}", "QUERY_TOO_REPETITIVE", 30, id="one field again"),
        pytest.param(
            "{ " + "... { name } " * 31 + "}", "QUERY_TOO_REPETITIVE", 30, id="inline fragments"
        ),
        pytest.param(paged("1001"), "QUERY_TOO_COSTLY", 1_000, id="one page"),
        pytest.param(
            paged("30", inner="things(last: 40) { edges { node { name } } }"),
            "QUERY_TOO_COSTLY",
            1_000,
            id="pages of pages",
        ),
        pytest.param(
            paged("50", inner="things { edges { node { name } } }"),
            "QUERY_TOO_COSTLY",
            1_000,
            id="a page of no stated size",
        ),
        pytest.param(
            "{ parts { parts { parts { name } } } }", "QUERY_TOO_COSTLY", 1_000, id="plain lists"
        ),
        pytest.param(
            "{ things(first: 40) { edges { node { ...f } } } }"
            "fragment f on Thing { things(first: 40) { edges { node { name } } } }",
            "QUERY_TOO_COSTLY",
            1_000,
            id="pages in fragments",
        ),
    ],
)
async def test_a_document_beyond_a_limit_is_refused_by_name(
    query: str, code: str, limit: int
) -> None:
    """A program reads the code and the limit; nothing is executed."""
    result = await execute(query)
    assert result.data is None
    assert result.errors
    extensions = result.errors[0].extensions or {}
    assert (extensions.get("code"), extensions.get("limit")) == (code, limit)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param('{ echo(text: "' + "x" * 2_900 + '") }', id="text"),
        pytest.param(nested(8), id="depth"),
        pytest.param(chained(6), id="depth in fragments"),
        pytest.param(aliased(3), id="aliases"),
        pytest.param("{ name " + "name " * 30 + "}", id="repetition"),
        pytest.param(paged("1000"), id="cost"),
        pytest.param(paged("30", inner="things(first: 30) { edges { node { name } } }"), id="page"),
    ],
)
async def test_a_document_within_the_limits_is_executed(query: str) -> None:
    """The limits are where they are said to be."""
    result = await execute(query)
    assert (result.errors, bool(result.data)) == (None, True)


@pytest.mark.parametrize(
    ("variables", "refused"),
    [
        pytest.param({"n": 1001}, True, id="given, beyond"),
        pytest.param({"n": 1000}, False, id="given, within"),
        pytest.param({}, True, id="the default"),
        pytest.param({"n": None}, False, id="null is a page of the usual size"),
    ],
)
async def test_a_page_size_in_a_variable_counts_as_it_does_in_the_text(
    variables: dict[str, Any], refused: bool
) -> None:
    """Nobody gets more by moving a number into a variable."""
    query = "query q($n: Int = 2000) { things(first: $n) { edges { node { name } } } }"
    result = await execute(query, variables)
    assert bool(result.errors) is refused


async def test_a_document_asked_again_is_priced_by_its_new_variables() -> None:
    """What is remembered of a document is not the answer about its variables."""
    schema = tiny_schema(extensions_for(Settings(), LIMITS))
    query = "query q($n: Int!) { things(first: $n) { edges { node { name } } } }"
    refused = [
        bool((await schema.execute(query, variable_values={"n": n})).errors)
        for n in (10, 2_000, 10, 2_000)
    ]
    assert refused == [False, True, False, True]


async def test_fragments_that_contain_each_other_are_an_error_and_not_a_loop() -> None:
    """Measuring ends before validation says so."""
    result = await execute(
        "{ ...a } fragment a on Query { name ...b } fragment b on Query { name ...a }"
    )
    assert result.errors
    assert "Cannot spread fragment" in result.errors[0].message


async def test_a_doubling_chain_of_fragments_costs_no_time() -> None:
    """Each fragment is measured and priced once, though it is reached 2^20 times."""
    links = 20
    parts = [f"fragment f{n} on Thing {{ ...f{n + 1} ...f{n + 1} }}" for n in range(links)]
    query = "{ ...f0 }" + " ".join(parts) + f" fragment f{links} on Thing {{ name }}"
    started = time.perf_counter()
    await execute(query)
    assert time.perf_counter() - started < 2


async def test_the_explorers_introspection_passes_while_the_explorer_is_on() -> None:
    """GraphiQL asks 16 levels deep; that is no reason to let everybody."""
    result = await execute(get_introspection_query(input_value_deprecation=True))
    assert (result.errors, "__schema" in (result.data or {})) == (None, True)


@pytest.mark.parametrize(
    "query", ["{ __schema { types { name } } }", '{ __type(name: "x") {name}}']
)
async def test_introspection_is_off_where_the_explorer_is(query: str) -> None:
    """One setting turns both off."""
    result = await execute(query, explorer=False)
    assert result.errors
    assert "introspection" in result.errors[0].message


async def test_names_are_suggested_only_where_the_explorer_is_on() -> None:
    """Suggestions would give the schema away name by name."""
    friendly = await execute("{ nam }")
    silent = await execute("{ nam }", explorer=False)
    assert friendly.errors
    assert silent.errors
    assert "Did you mean 'name'" in friendly.errors[0].message
    assert silent.errors[0].message == "Cannot query field 'nam' on type 'Query'."


def test_ever_new_documents_do_not_grow_the_memory_of_documents() -> None:
    """The memory is bounded by entries and by characters, whatever is asked."""
    documents = Documents(Limits(), (), suggest=True)
    schema = tiny_schema()._schema
    for size in (10, 14_000):
        for number in range(2 * ENTRIES):
            text = f'{{ echo(text: "{number:>{size}}") }}'
            assert documents.errors(schema, text, documents.parsed(text)) == []
        assert len(documents._known) <= ENTRIES
        assert sum(map(len, documents._known)) == documents._characters <= CHARACTERS


async def test_documents_seen_before_are_not_parsed_again() -> None:
    """The memory is used: the tree is the very same one."""
    documents = Documents(Limits(), (), suggest=True)
    text = "{ name }"
    first = documents.parsed(text)
    documents.errors(tiny_schema()._schema, text, first)
    assert documents.parsed(text) is first
