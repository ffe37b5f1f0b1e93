"""Documents that were parsed, measured and validated, remembered by their text.

What passed is kept, bounded by entries and by characters, so that no stream of ever new documents
grows the process. What was refused is not kept: its errors belong to one answer.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    validate,
)

from tablecast.api.limits.cost import operation_cost, paging_variables
from tablecast.api.limits.measures import Measures, measure
from tablecast.domain.pages import DEFAULT_SIZE
from tablecast.settings import Limits

# A document's tree takes up to 300 times its text: these bound it to about 40 MiB.
ENTRIES = 256
CHARACTERS = 128 * 1024

# Validation compares such selections pairwise: 30 cost 1 ms, 500 half a second.
REPEATS = 30
_PRICES = 16
_SUGGESTION = re.compile(r" Did you mean .*\?$", re.DOTALL)


class Document:
    """A document that passed; `cost` prices it, remembered by what its variables say of pages."""

    def __init__(self, tree: DocumentNode, usual_page: int) -> None:
        self.tree = tree
        self.valid = False
        self._usual_page = usual_page
        self._variables = paging_variables(tree)
        self._prices: dict[tuple[Any, ...], int] = {}

    def cost(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> int:
        """Objects that `operation` could ask for with `variables`."""
        sizes = {
            name: variables[name] if type(variables[name]) is int else None
            for name in self._variables
            if name in variables
        }
        key = (operation.name and operation.name.value, *sizes.items())
        price = self._prices.get(key)
        if price is None:
            price = operation_cost(schema, self.tree, operation, sizes, self._usual_page)
            if len(self._prices) >= _PRICES:
                self._prices.clear()
            self._prices[key] = price
        return price


class Documents:
    """Parses and validates within limits; refusals are GraphQLErrors with a code and the limit."""

    def __init__(
        self, limits: Limits, rules: tuple[type[ASTValidationRule], ...], suggest: bool
    ) -> None:
        self._limits = limits
        self._rules = rules
        self._suggest = suggest
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0

    def parsed(self, text: str) -> Document:
        """Return the document of `text`, parsed and measured; raises GraphQLError."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        if len(text) > self._limits.query_characters:
            raise refusal("QUERY_TOO_LONG", "characters", self._limits.query_characters)
        try:
            tree = parse(text, max_tokens=self._limits.query_tokens)
            self._check(measure(tree))
        except GraphQLSyntaxError as exc:
            raise self._syntax_refusal(exc) from exc
        except RecursionError as exc:
            raise refusal("QUERY_TOO_DEEP", "levels", self._limits.query_depth) from exc
        return Document(tree, min(DEFAULT_SIZE, self._limits.page_size))

    def errors(self, schema: GraphQLSchema, text: str, document: Document) -> list[GraphQLError]:
        """Validate once; remember what passed."""
        if document.valid:
            return []
        try:
            found = validate(schema, document.tree, self._rules)
        except RecursionError:
            return [refusal("QUERY_TOO_DEEP", "levels", self._limits.query_depth)]
        if not found:
            document.valid = True
            self._remember(text, document)
        return found if self._suggest else [_unsuggesting(error) for error in found]

    def _syntax_refusal(self, error: GraphQLSyntaxError) -> GraphQLError:
        # The parser's own guards end in these words; tests hold them to it.
        if "tokens. Parsing aborted" in error.message:
            return refusal("QUERY_TOO_MANY_TOKENS", "tokens", self._limits.query_tokens)
        if "nested too deeply" in error.message:
            return refusal("QUERY_TOO_DEEP", "levels", self._limits.query_depth)
        return error

    def _check(self, found: Measures) -> None:
        limits = self._limits
        for code, unit, size, limit in (
            ("QUERY_TOO_DEEP", "levels", found.depth, limits.query_depth),
            ("QUERY_TOO_MANY_ALIASES", "aliases", found.aliases, limits.query_aliases),
            ("QUERY_TOO_MANY_DIRECTIVES", "directives", found.directives, limits.query_directives),
            ("QUERY_TOO_REPETITIVE", "repetitions in one selection", found.repeats, REPEATS),
        ):
            if size > limit:
                raise refusal(code, unit, limit)

    def _remember(self, text: str, document: Document) -> None:
        if text in self._known:
            return
        self._known[text] = document
        self._characters += len(text)
        while len(self._known) > ENTRIES or self._characters > CHARACTERS:
            dropped, _ = self._known.popitem(last=False)
            self._characters -= len(dropped)


def refusal(code: str, unit: str, limit: int) -> GraphQLError:
    """The error that tells which limit a document reached."""
    message = f"This document has more than the {limit} {unit} that one may have."
    return GraphQLError(message, extensions={"code": code, "limit": limit})


def _unsuggesting(error: GraphQLError) -> GraphQLError:
    # Where introspection is off, errors must not give the schema away name by name.
    return GraphQLError(_SUGGESTION.sub("", error.message), nodes=error.nodes)
