"""Selections of everything: made from the schema, so that no field is forgotten."""

from graphql import (
    GraphQLField,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
)


def everything(schema: GraphQLSchema, typename: str, depth: int) -> str:
    """Every field of a type that needs no argument, and of what it leads to, `depth` levels down."""
    parts = ["__typename"]
    for name, field in schema.type_map[typename].fields.items():  # type: ignore[attr-defined]
        selected = _selected(schema, name, field, depth)
        if selected:
            parts.append(selected)
    return " ".join(parts)


def _selected(schema: GraphQLSchema, name: str, field: GraphQLField, depth: int) -> str:
    if any(is_required_argument(argument) for argument in field.args.values()):
        return ""
    kind = get_named_type(field.type)
    if is_leaf_type(kind):
        return name
    if is_abstract_type(kind):
        return f"{name} {{ __typename }}"
    if depth == 0:
        return ""
    # The way through a connection costs no depth.
    through = kind.name.endswith(("Connection", "Edge"))
    return f"{name} {{ {everything(schema, kind.name, depth if through else depth - 1)} }}"
