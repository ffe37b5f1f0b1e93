"""Measures of a document's text: depth, aliases, directives, repetition. Pure; needs no schema.

Depth follows fragment spreads, each fragment measured once: a chain of fragments that doubles at
each link costs as little as a straight one.
"""

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

# GraphiQL's own introspection is 16 levels deep; the schema it walks is small and always the same.
INTROSPECTION_DEPTH = 20


@dataclass
class Measures:
    """Counts over a whole document; `depth` is that of its deepest operation.

    `repeats` is the most selections of one set that are fragments or name a field again: validation
    compares each of them with each other.
    """

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    repeats: int = 0


def measure(document: DocumentNode) -> Measures:
    """Measure a parsed document; raises RecursionError for what is nested beyond all limits."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    measures = Measures()
    depths = _Depths(fragments)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode):
            measures.directives += len(node.directives or ())
            _count(node.selection_set, measures)
        if isinstance(node, OperationDefinitionNode):
            measures.depth = max(measures.depth, depths.of(node.selection_set))
    return measures


def _count(selections: SelectionSetNode, measures: Measures) -> None:
    seen: set[str] = set()
    for node in selections.selections:
        measures.directives += len(node.directives or ())
        if isinstance(node, FieldNode):
            measures.aliases += node.alias is not None
            seen.add((node.alias or node.name).value)
        inner = _inner(node)
        if inner is not None:
            _count(inner, measures)
    measures.repeats = max(measures.repeats, len(selections.selections) - len(seen))


def _inner(node: SelectionNode) -> SelectionSetNode | None:
    return node.selection_set if isinstance(node, FieldNode | InlineFragmentNode) else None


class _Depths:
    """Depths of selection sets, a fragment's remembered; one that contains itself counts as 0."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, int] = {}

    def of(self, selections: SelectionSetNode) -> int:
        return max((self._of_node(node) for node in selections.selections), default=0)

    def _of_node(self, node: SelectionNode) -> int:
        if isinstance(node, FragmentSpreadNode):
            return self._of_fragment(node.name.value)
        inner = _inner(node)
        depth = self.of(inner) if inner else 0
        if isinstance(node, InlineFragmentNode):
            return depth
        introspects = isinstance(node, FieldNode) and node.name.value in ("__schema", "__type")
        return 1 if introspects and depth <= INTROSPECTION_DEPTH else depth + 1

    def _of_fragment(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = 0
            fragment = self._fragments.get(name)
            self._known[name] = self.of(fragment.selection_set) if fragment else 0
        return self._known[name]
