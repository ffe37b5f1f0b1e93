"""The price of an operation: how many objects it could ask for, before it is executed.

A field with `first` or `last` multiplies what is below it by the page size; a plain list of objects
by `PLAIN_LIST`; connections, edges and page infos are wrapping and cost nothing themselves.
"""

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

# Lists without paging are short by nature (steps, replicas); some, like columns, are not always.
PLAIN_LIST = 10
PAGING = ("first", "last")
_WRAPPING = ("Connection", "Edge", "PageInfo")


def paging_variables(document: DocumentNode) -> tuple[str, ...]:
    """Names of the document's variables: any that holds an integer may decide a page's size."""
    return tuple(
        variable.variable.name.value
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
        for variable in node.variable_definitions or ()
    )


def operation_cost(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    usual_page: int,
) -> int:
    """Objects that `operation` could ask for; a page of no stated size counts `usual_page`."""
    root = schema.get_root_type(operation.operation)
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    values = _defaults(operation) | {name: variables[name] for name in variables}
    return _Pricer(schema, fragments, values, usual_page).selections(operation.selection_set, root)


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    return {
        node.variable.name.value: int(node.default_value.value)
        for node in operation.variable_definitions or ()
        if isinstance(node.default_value, IntValueNode)
    }


class _Pricer:
    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
        usual_page: int,
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._usual_page = usual_page
        self._known: dict[str, int] = {}

    def selections(self, selections: SelectionSetNode, parent: GraphQLNamedType | None) -> int:
        return sum(self._selection(node, parent) for node in selections.selections)

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType | None) -> int:
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            narrowed = self._schema.get_type(condition.name.value) if condition else parent
            return self.selections(node.selection_set, narrowed)
        if isinstance(node, FieldNode) and isinstance(
            parent, GraphQLObjectType | GraphQLInterfaceType
        ):
            definition = parent.fields.get(node.name.value)
            return self._field(node, definition, parent) if definition else 0
        return 0

    def _fragment(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = 0
            fragment = self._fragments.get(name)
            if fragment is not None:
                type_ = self._schema.get_type(fragment.type_condition.name.value)
                self._known[name] = self.selections(fragment.selection_set, type_)
        return self._known[name]

    def _field(self, node: FieldNode, definition: GraphQLField, parent: GraphQLNamedType) -> int:
        type_ = get_named_type(definition.type)
        if not is_composite_type(type_):
            return 0
        own = 0 if type_.name.endswith(_WRAPPING) else 1
        inner = self.selections(node.selection_set, type_) if node.selection_set else 0
        return self._times(node, definition, parent) * (own + inner)

    def _times(self, node: FieldNode, definition: GraphQLField, parent: GraphQLNamedType) -> int:
        sizes = [self._size(node, definition, name) for name in PAGING if name in definition.args]
        if sizes:
            asked = [size for size in sizes if size is not None]
            return max(asked) if asked else self._usual_page
        is_list = is_list_type(get_nullable_type(definition.type))
        # A connection's page size was counted by the field that returned it.
        return PLAIN_LIST if is_list and not parent.name.endswith("Connection") else 1

    def _size(self, node: FieldNode, definition: GraphQLField, name: str) -> int | None:
        given = next((a.value for a in node.arguments or () if a.name.value == name), None)
        default = definition.args[name].default_value
        value: Any = None if default is Undefined else default
        if isinstance(given, IntValueNode):
            value = int(given.value)
        elif isinstance(given, VariableNode):
            value = self._variables.get(given.name.value, value)
        return value if type(value) is int and value >= 0 else None
