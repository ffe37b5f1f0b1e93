"""How every mutation goes: check the input, do the deed, answer with payload or typed error; and write
it down for the audit, whatever came of it."""

import hashlib
from collections.abc import Awaitable, Callable
from functools import reduce
from operator import or_
from typing import Annotated, Any, TypeVar

import strawberry
from strawberry.utils.str_converters import to_camel_case

from tablecast import tracing
from tablecast.api import audit
from tablecast.api.context import Asking, Context
from tablecast.api.errors import CHANGING, EXPECTED, Error, shown_error
from tablecast.api.inputs.checks import canonical, checked
from tablecast.api.types.operations import Operation
from tablecast.domain.deeds import Asked, Outcome

InputT = TypeVar("InputT")
Deed = Callable[[Context, Asked, Any], Awaitable[Outcome[Any]]]


def mutation(input_type: type, shows: dict[str, Any], deed: Deed, description: str) -> Any:
    """A mutation named after its input, whose deed is an operation.

    `shows` is the payload's field for the row, with its type.
    """
    name = name_of(input_type)
    [(field, row_type)] = shows.items()
    payload = payload_type(name, {field: (row_type, "It, as it is now."), **_OPERATION})

    async def act(context: Context, asked: Asked, given: Any) -> Any:
        outcome = await deed(context, asked, given)
        return payload(**{field: outcome.row, "operation": outcome.operation})

    return answering(input_type, payload, act, description)


def answering(
    input_type: type,
    payload: type,
    act: Callable[[Context, Asked, Any], Awaitable[Any]],
    description: str,
    errors: tuple[type[Error], ...] = CHANGING,
) -> Any:
    """A mutation that answers with what `act` returns, or with the error of what it raises."""
    name = name_of(input_type)
    span_name = f"do {name[0].lower()}{name[1:]}"

    async def resolve(self: Any, info: Asking, input: Any) -> Any:
        context = info.context
        # An earlier mutation of the same document may have changed what was loaded.
        context.refresh()
        asked = _asked(context, name, input)
        try:
            noted = audit.noted(asked, name[0].lower() + name[1:], audit.ids_of(input))
            with tracing.span(span_name), noted as note:
                note.answer = await act(context, asked, checked(input))
        except EXPECTED as error:
            return shown_error(error)
        return note.answer

    resolve.__annotations__["input"] = Annotated[
        input_type, strawberry.argument(description="What to do.")
    ]
    resolve.__annotations__["return"] = _union(name, payload, errors)
    return strawberry.mutation(resolver=resolve, description=description)


def payload_type(name: str, shows: dict[str, tuple[Any, str]]) -> Any:
    """Make the payload type of a mutation: its fields with type and description."""
    fields: dict[str, Any] = {
        field: strawberry.field(description=description)
        for field, (_, description) in shows.items()
    }
    fields["__annotations__"] = {field: type_ for field, (type_, _) in shows.items()}
    made = type(f"{name}Payload", (), {**fields, "__module__": __name__})
    return strawberry.type(made, description=f"What {to_camel_case(name)} did.")


def name_of(input_type: type) -> str:
    """CreateProject, of CreateProjectInput."""
    return input_type.__name__.removesuffix("Input")


_OPERATION = {"operation": (Operation, "Its effect on the way to the cluster: follow it.")}


def _union(name: str, payload: type, errors: tuple[type[Error], ...]) -> Any:
    return Annotated[
        reduce(or_, errors, payload),
        strawberry.union(name=f"{name}Result", description="What was done, or why nothing was."),
    ]


def _asked(context: Context, name: str, given: Any) -> Asked:
    key = getattr(given, "idempotency_key", None)
    if key is None:
        return context.asked()
    return context.asked(key, hashlib.sha256(canonical(name, given)).hexdigest())
