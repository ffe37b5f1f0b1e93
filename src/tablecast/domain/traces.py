"""Traces of operations: where the work goes on from that a mutation began, in whichever process."""

from tablecast.domain.tables import Operation

# How many are remembered: a traceparent never changes, and many objects name one operation.
REMEMBERED = 1_000
_remembered: dict[str, str] = {}


async def traceparent_of(operation_id: str) -> str:
    """The traceparent of an operation; "" where it is not known."""
    if operation_id and operation_id not in _remembered:
        found = await Operation.filter(id=operation_id).values_list("traceparent", flat=True)
        if not found:
            return ""
        if len(_remembered) >= REMEMBERED:
            del _remembered[next(iter(_remembered))]
        _remembered[operation_id] = str(found[0])
    return _remembered.get(operation_id, "")
