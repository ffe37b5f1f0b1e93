"""The schema keeps its conventions: described throughout, one input and one union a mutation."""

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_enum_type,
    specified_scalar_types,
)

from tablecast.api.schema import build_schema
from tablecast.api.sdl import print_sdl

SCHEMA: GraphQLSchema = build_schema()._schema


def undescribed() -> Iterator[str]:
    for name, kind in SCHEMA.type_map.items():
        if name.startswith("__") or name in specified_scalar_types:
            continue
        if not kind.description:
            yield name
        if is_enum_type(kind):
            yield from (
                f"{name}.{key}" for key, value in kind.values.items() if not value.description
            )
        for field_name, field in getattr(kind, "fields", {}).items():
            if not field.description:
                yield f"{name}.{field_name}"
            for argument_name, argument in getattr(field, "args", {}).items():
                if not argument.description:
                    yield f"{name}.{field_name}({argument_name})"


def test_everything_in_the_schema_is_described() -> None:
    assert list(undescribed()) == []


def test_a_mutation_takes_one_input_and_answers_with_a_union_of_its_payload_and_errors() -> None:
    assert SCHEMA.mutation_type is not None
    error = SCHEMA.type_map["Error"]
    assert isinstance(error, GraphQLInterfaceType)
    for name, field in SCHEMA.mutation_type.fields.items():
        kind = name[0].upper() + name[1:]
        assert list(field.args) == ["input"], name
        assert isinstance(field.args["input"].type, GraphQLNonNull), name
        assert get_named_type(field.args["input"].type).name == f"{kind}Input"
        result = get_named_type(field.type)
        assert isinstance(result, GraphQLUnionType), name
        payload, *errors = result.types
        assert payload.name == f"{kind}Payload"
        assert errors, name
        assert all(error in each.interfaces for each in errors), name


def test_a_mutation_that_changes_something_takes_an_idempotency_key() -> None:
    assert SCHEMA.mutation_type is not None
    without = {
        name
        for name, field in SCHEMA.mutation_type.fields.items()
        if "idempotencyKey" not in get_named_type(field.args["input"].type).fields
    }
    assert without == {"predict"}


def test_lists_have_no_total_count() -> None:
    connections = [kind for name, kind in SCHEMA.type_map.items() if name.endswith("Connection")]
    assert len(connections) > 10
    for kind in connections:
        assert list(kind.fields) == ["edges", "nodes", "pageInfo"]  # type: ignore[attr-defined]


def test_the_committed_schema_is_the_one_that_the_code_makes() -> None:
    committed = Path(__file__).parents[2] / "schema.graphql"
    assert committed.read_text(encoding="utf-8") == print_sdl()
