"""Documents made from the schema itself, so that what is added to it later is tried too."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_required_argument,
)

from tests.end_to_end.people import Person

NOBODYS_ROW = "0123456789abcdef"
SDL = Path(__file__).parents[2] / "schema.graphql"
SCHEMA: GraphQLSchema = build_schema(SDL.read_text())

PREDICT = """
mutation ($input: PredictInput!) {
  predict(input: $input) {
    ... on PredictPayload { predictions { prediction warnings { code } } }
    ... on Error { code message field }
  }
}"""

# What a required field gets that is not what a test is about.
_PLAUSIBLE: dict[str, Any] = {
    "Boolean": False,
    "Float": 0.5,
    "Int": 1,
    "JsonRow": {},
    "Long": 1,
    "String": "x",
}


def id_roots() -> Iterator[tuple[str, str]]:
    """Each query with an argument that is an id: the query's name, the argument's."""
    assert SCHEMA.query_type is not None
    for name, field in SCHEMA.query_type.fields.items():
        for argument, given in field.args.items():
            if _is_id(given):
                yield name, argument


def id_inputs() -> Iterator[tuple[str, str]]:
    """Each field of a mutation's input that is an id: the mutation's name, the field's."""
    assert SCHEMA.mutation_type is not None
    for name in SCHEMA.mutation_type.fields:
        for field, given in _input_of(name).fields.items():
            if _is_id(given):
                yield name, field


def id_subscriptions() -> dict[str, tuple[str, str]]:
    """The argument that is an id of each subscription that has one, and others that it needs."""
    assert SCHEMA.subscription_type is not None
    found = {}
    for name, field in SCHEMA.subscription_type.fields.items():
        more = ""
        for argument, given in field.args.items():
            if _is_id(given):
                found[name] = (argument, "")
            elif is_required_argument(given):
                more += f", {argument}: {_made_up(given.type)}"
        found[name] = (found[name][0], more)
    return found


def metadata(**values: str) -> dict[str, str]:
    """tus' header of these values and a file's name."""
    pairs = {"filename": "t.csv", **values}.items()
    encoded = (f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs)
    return {"Upload-Metadata": ",".join(encoded)}


def mutate(person: Person, name: str, given: dict[str, Any]) -> httpx.Response:
    """Ask for a mutation with these fields; what else its input requires is made up."""
    type_ = _input_of(name)
    required = {
        field: nobodys_id(typename_of(field)) if _is_id(each) else _made_up(each.type)
        for field, each in type_.fields.items()
        if _is_required(each) and field not in given
    }
    document = f"""
    mutation ($input: {type_.name}!) {{
      {name}(input: $input) {{ __typename ... on Error {{ code message field hint }} }}
    }}"""
    return person.post(document, input=required | given)


def typename_of(field: str) -> str:
    """The type that a field or argument of an id names: DatasetVersion of datasetVersionId."""
    return field[0].upper() + field[1:].removesuffix("Id")


def nobodys_id(typename: str) -> str:
    """An id that is well formed, of an object that is not there."""
    return base64.b64encode(f"{typename}:{NOBODYS_ROW}".encode()).decode()


def _input_of(mutation: str) -> GraphQLInputObjectType:
    assert SCHEMA.mutation_type is not None
    type_ = get_named_type(SCHEMA.mutation_type.fields[mutation].args["input"].type)
    assert isinstance(type_, GraphQLInputObjectType)
    return type_


def _is_id(given: GraphQLInputField | GraphQLArgument) -> bool:
    return get_named_type(given.type).name == "ID"


def _is_required(field: GraphQLInputField) -> bool:
    assert field.ast_node is not None
    return isinstance(field.type, GraphQLNonNull) and field.ast_node.default_value is None


def _made_up(type_: Any) -> Any:
    if isinstance(type_, GraphQLNonNull):
        return _made_up(type_.of_type)
    if isinstance(type_, GraphQLList):
        return [_made_up(type_.of_type)]
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        return {}
    return _PLAUSIBLE[type_.name]
