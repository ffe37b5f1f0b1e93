"""Every list of the API, in every order, with every filter, and its pages: out of the schema itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
)

from tablecast.api.ids import global_id
from tests.database.filling import BIG

# What a filter that takes text is given: the rest takes an enumeration's values, or a time.
_TEXTS = {"nameContains": "n7", "fileNameContains": "n7", "createdAfter": "2020-01-01T00:00:00Z"}
_TEXTS |= {"createdBefore": "2040-01-01T00:00:00Z"}


@dataclass(frozen=True)
class Listed:
    """One list in one order under one filter: `document` asks for a page of it, `path` leads there."""

    name: str
    document: str
    path: tuple[str, ...]
    variables: dict[str, Any]

    @property
    def is_indexed(self) -> bool:
        """Whether the filter is one by which rows are found; others only leave rows out."""
        return set(self.variables.get("filter") or {}) <= {"subjectId"}


def lists(schema: GraphQLSchema) -> Iterator[Listed]:
    """Each of them."""
    for parent, field_name, field in _connections(schema):
        orders = get_named_type(field.args["orderBy"].type)
        assert isinstance(orders, GraphQLEnumType)
        for order in orders.values:
            for narrowed in _filters(field):
                yield _listed(parent, field_name, order, narrowed, _filter_type(field))


def _connections(schema: GraphQLSchema) -> Iterator[tuple[str, str, GraphQLField]]:
    for name, kind in schema.type_map.items():
        for field_name, field in getattr(kind, "fields", {}).items():
            if get_named_type(field.type).name.endswith("Connection"):
                yield name, field_name, field


def _filter_type(field: GraphQLField) -> str:
    return str(field.args["filter"].type) if "filter" in field.args else ""


def _filters(field: GraphQLField) -> Iterator[dict[str, Any]]:
    yield {}
    if "filter" not in field.args:
        return
    kind = get_named_type(field.args["filter"].type)
    assert isinstance(kind, GraphQLInputObjectType)
    for name, given in kind.fields.items():
        for value in _values(name, given.type):
            yield {name: value}


def _values(name: str, kind: Any) -> Iterator[Any]:
    named = get_named_type(kind)
    if isinstance(named, GraphQLEnumType):
        # One that nearly all rows have or none, and several.
        yield list(named.values)[:1]
        yield list(named.values)[:3]
    elif isinstance(get_nullable_type(kind), GraphQLList):
        yield ["TRAINING_UPDATED"]
    elif name == "subjectId":
        yield global_id("Training", BIG)
    else:
        yield _TEXTS[name]


def _listed(
    parent: str, field: str, order: str, narrowed: dict[str, Any], filter_type: str
) -> Listed:
    kind = field if parent == "Query" else f"{parent}.{field}"
    arguments = f"first: $first, after: $after, last: $last, before: $before, orderBy: {order}"
    arguments += ", filter: $filter" if filter_type else ""
    page = f"{field}({arguments}) {{ edges {{ cursor }} }}"
    declared = "$first: Int, $after: String, $last: Int, $before: String"
    declared += f", $filter: {filter_type}" if filter_type else ""
    at_root = parent[0].lower() + parent[1:]
    inner = page if parent == "Query" else f'{at_root}(id: "{global_id(parent, BIG)}") {{ {page} }}'
    path = (field,) if parent == "Query" else (at_root, field)
    variables = {"filter": narrowed or None} if filter_type else {}
    return Listed(f"{kind} {order} {narrowed}", f"query({declared}) {{ {inner} }}", path, variables)
