"""Measuring: how long queries and mutations take, by root field of the schema.

A label is a name that the schema has, never a person's own words: what is none of the schema's, or more
than one field, has a name of ours.
"""

import time
from collections.abc import Iterator
from typing import Any

from graphql import FieldNode, GraphQLSchema, OperationDefinitionNode, OperationType
from graphql.utilities import get_operation_ast
from strawberry.extensions import SchemaExtension

from tablecast import tracing
from tablecast.metering import GRAPHQL

# No operation that could be run, several root fields, and what GraphQL itself answers.
INVALID, SEVERAL, INTROSPECTION = "invalid", "several", "introspection"


class Measured(SchemaExtension):
    """Measures one operation, and names the span that it runs in."""

    def on_operation(self) -> Iterator[None]:
        """Take the time; a subscription lasts as long as somebody listens, and says nothing by that."""
        began = time.perf_counter()
        try:
            yield
        finally:
            # A document that cannot be read ends it by an exception.
            self._measure(time.perf_counter() - began)

    def _measure(self, seconds: float) -> None:
        context: Any = self.execution_context
        type_, field = named(context)
        tracing.describe(f"{type_} {field}", **{"graphql.operation.type": type_})
        if type_ != "subscription":
            outcome = "errors" if _has_errors(context) else "ok"
            GRAPHQL.labels(type_, field, outcome).observe(seconds)


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
