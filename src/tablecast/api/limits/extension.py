"""The schema extension that brings the limits to every operation, however it arrived."""

from collections.abc import Callable

from graphql import (
    ASTValidationRule,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    get_operation_ast,
    specified_rules,
)
from strawberry.extensions import SchemaExtension

from tablecast.api.limits.documents import Document, Documents, refusal
from tablecast.settings import Limits, Settings


class QueryLimits(SchemaExtension):
    """Parses, measures, validates and prices one operation's document."""

    def __init__(self, documents: Documents, cost: int) -> None:
        self._documents = documents
        self._cost = cost
        self._document: Document | None = None

    def on_parse(self) -> None:  # type: ignore[override]
        """Parse; raises GraphQLError, which executors answer as any other error."""
        context = self.execution_context
        if context.query:
            self._document = self._documents.parsed(context.query)
            context.graphql_document = self._document.tree

    def on_validate(self) -> None:  # type: ignore[override]
        """Validate and price what was parsed."""
        if self._document is not None:
            self.execution_context.pre_execution_errors = self._errors(self._document)

    def _errors(self, document: Document) -> list[GraphQLError]:
        context = self.execution_context
        schema = context.schema._schema
        assert context.query
        errors = self._documents.errors(schema, context.query, document)
        operation = get_operation_ast(document.tree, context.operation_name)
        if errors or not isinstance(operation, OperationDefinitionNode):
            return errors
        if document.cost(schema, operation, context.variables or {}) > self._cost:
            return [refusal("QUERY_TOO_COSTLY", "objects", self._cost)]
        return []


def extensions_for(settings: Settings, limits: Limits) -> list[Callable[[], SchemaExtension]]:
    """The extensions of a schema: one factory, with a memory of documents of its own.

    Introspection, and suggestions that give names away, are off where `settings.explorer` is.
    """
    rules: tuple[type[ASTValidationRule], ...] = tuple(specified_rules)
    if not settings.explorer:
        rules += (NoSchemaIntrospectionCustomRule,)
    documents = Documents(limits, rules, suggest=settings.explorer)
    return [lambda: QueryLimits(documents, limits.query_cost)]
