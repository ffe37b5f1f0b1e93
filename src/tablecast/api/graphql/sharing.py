"""Which subscriptions are alike, so that one execution is enough for all who ask for them.

Alike are the same document, spaces and comments aside, the same operation and variables, and the same
rights: subject and admin, for roles, `can…` fields and the viewer follow from those two. Only a field
marked `NEWEST` may be shared: each of its messages holds all there is to know, so that one may be left
out for a newer. What is told without a gap, each subscriber has from a place of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
    strip_ignored_characters,
)

from tablecast.api.context import Principal
from tablecast.settings import Limits

# The metadata of a subscription field whose messages each hold the newest state, whole. Its resolver
# delivers once more whenever the context's `renewal` is asked for.
NEWEST: Mapping[str, Any] = {"newest": True}

# Documents remembered: two texts of at most 15,000 characters each.
_READ = 128


@dataclass(frozen=True)
class Shared:
    """A subscription as all who share it ask for it; `variables` in JSON with sorted keys."""

    document: str
    operation_name: str | None
    variables: bytes
    subject: str
    admin: bool


@dataclass(frozen=True)
class _Reading:
    """A document as it is shared, and the names under which an operation of it may be asked for."""

    document: str
    names: frozenset[str | None]


class Sharing:
    """Tells what may be shared, by one schema's marks."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._fields = frozenset(_newest_fields(schema))
        self._limits = limits
        self._reading = lru_cache(_READ)(self._read)

    def shared(
        self,
        text: str,
        operation_name: str | None,
        variables: Mapping[str, object] | None,
        principal: Principal,
    ) -> Shared | None:
        """Return what this subscriber shares with its like; None for what each executes alone."""
        if "subscription" not in text or len(text) > self._limits.query_characters:
            return None
        reading = self._reading(text)
        name = operation_name or None
        if reading is None or name not in reading.names:
            return None
        try:
            values = orjson.dumps(variables or {}, option=orjson.OPT_SORT_KEYS)
        except TypeError:
            return None
        return Shared(reading.document, name, values, principal.subject, principal.admin)

    def _read(self, text: str) -> _Reading | None:
        try:
            tree = parse(text, max_tokens=self._limits.query_tokens)
        except (GraphQLSyntaxError, RecursionError):
            # Whoever executes it says what is wrong.
            return None
        names = frozenset(_names(tree, self._fields))
        return _Reading(strip_ignored_characters(text), names) if names else None


def _newest_fields(schema: GraphQLSchema) -> Iterable[str]:
    root = schema.subscription_type
    for name, field in root.fields.items() if root else ():
        definition = field.extensions.get("strawberry-definition")
        if definition is not None and definition.metadata == NEWEST:
            yield name


def _names(tree: DocumentNode, fields: frozenset[str]) -> Iterable[str | None]:
    operations = [node for node in tree.definitions if isinstance(node, OperationDefinitionNode)]
    for operation in operations:
        if _asks_for(operation, fields):
            if operation.name:
                yield operation.name.value
            if len(operations) == 1:
                yield None


def _asks_for(operation: OperationDefinitionNode, fields: frozenset[str]) -> bool:
    if operation.operation is not OperationType.SUBSCRIPTION:
        return False
    selections = operation.selection_set.selections
    return len(selections) == 1 and all(
        isinstance(node, FieldNode) and node.name.value in fields for node in selections
    )
