"""The example operations that GraphiQL opens with: each is one that the schema would carry out."""

import json
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    OperationDefinitionNode,
    get_introspection_query,
    get_variable_values,
    specified_rules,
)

from tablecast.api.context import Context, Principal, Services
from tablecast.api.explorer.examples import FOLDER, examples
from tablecast.api.limits import extensions_for
from tablecast.api.limits.documents import Documents
from tablecast.api.schema import build_schema
from tablecast.settings import Limits, Settings

PATHS = sorted(FOLDER.glob("*.graphql"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_an_example_is_valid_within_the_limits_and_its_variables_fit(path: Path) -> None:
    """What a person presses first must not be refused for how it is written."""
    schema = build_schema()._schema
    documents = Documents(Limits(), tuple(specified_rules), suggest=True)
    text = path.read_text()
    document = documents.parsed(text)
    assert documents.errors(schema, text, document) == []
    (operation,) = document.tree.definitions
    assert isinstance(operation, OperationDefinitionNode)
    variables = json.loads(path.with_suffix(".json").read_text())
    values = get_variable_values(schema, list(operation.variable_definitions or ()), variables)
    assert not isinstance(values, list), values
    assert document.cost(schema, operation, variables) <= Limits().query_cost


async def test_the_explorer_can_introspect_the_whole_schema_within_the_limits() -> None:
    """GraphiQL shows nothing before that has worked."""
    schema = build_schema(extensions_for(Settings(), Limits()))
    context: Any = Context(Principal("ann"), Services(None, None, Settings(), Limits()))  # type: ignore[arg-type]
    result = await schema.execute(
        get_introspection_query(specified_by_url=True, input_value_deprecation=True),
        context_value=context,
    )
    assert (result.errors, "__schema" in (result.data or {})) == (None, True)


def test_every_example_is_a_tab_in_the_order_of_the_main_job() -> None:
    """The tabs are the files, with their variables."""
    tabs = examples()
    assert [tab["query"] for tab in tabs] == [path.read_text() for path in PATHS]
    assert "createProject" in tabs[0]["query"]
    assert all(json.loads(tab["variables"]) for tab in tabs)
