"""Measuring: how long queries and mutations take, by root field of the schema.

A label is a name that the schema has, never a person's own words: what is none of the schema's, or more
than one field, has a name of ours.
"""

from functools import cache
from typing import Any

from graphql import FieldNode, GraphQLSchema, OperationDefinitionNode, OperationType
from graphql.utilities import get_operation_ast
from prometheus_client import Histogram

from tablecast import tracing
from tablecast.metering import GRAPHQL

# No operation that could be run, several root fields, and what GraphQL itself answers.
INVALID, SEVERAL, INTROSPECTION = "invalid", "several", "introspection"


def measure(context: Any, seconds: float) -> None:
    """Count what an execution took, and name the span that it ran in.

    A subscription lasts as long as somebody listens, and says nothing by that.
    """
    type_, field = named(context)
    tracing.describe(f"{type_} {field}", **{"graphql.operation.type": type_})
    if type_ != "subscription":
        outcome = "errors" if _has_errors(context) else "ok"
        _series(type_, field, outcome).observe(seconds)


@cache
def _series(type_: str, field: str, outcome: str) -> Histogram:
    # Looked up for every request; there are a few hundred at most.
    return GRAPHQL.labels(type_, field, outcome)


def named(context: Any) -> tuple[str, str]:
    """The type and root field of an execution's operation, in the schema's names or ours."""
    if context.graphql_document is None:
        return INVALID, INVALID
    operation = get_operation_ast(context.graphql_document, context.operation_name)
    if operation is None:
        return INVALID, INVALID
    return operation.operation.value, _field(context.schema._schema, operation)


def _field(schema: GraphQLSchema, operation: OperationDefinitionNode) -> str:
    selections = operation.selection_set.selections
    if len(selections) != 1:
        return SEVERAL
    node = selections[0]
    if not isinstance(node, FieldNode):
        return SEVERAL
    name = node.name.value
    if name.startswith("__"):
        return INTROSPECTION
    root = schema.get_root_type(OperationType(operation.operation))
    return name if root is not None and name in root.fields else INVALID


def _has_errors(context: Any) -> bool:
    result = context.result
    return bool(context.pre_execution_errors) or result is None or bool(result.errors)
