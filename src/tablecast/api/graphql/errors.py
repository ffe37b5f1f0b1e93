"""Errors as people see them: their own mistakes in full, ours as an id that the log explains."""

import logging
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types import ExecutionContext

from tablecast.domain.identity import new_id
from tablecast.errors import ClusterBusy, DatabaseUnavailable, Mistake
from tablecast.metering import FAILURES

logger = logging.getLogger("tablecast.api")

NO_SUCH_OPERATION = "The document has no such operation, or several and none is named."
OURS = "Something went wrong on our side."


class Schema(strawberry.Schema):
    """A schema that leaves logging to where errors are presented: only ours are worth a traceback."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing here."""


def presented(error: GraphQLError) -> dict[str, Any]:
    """Return `error` as an entry of a response's `errors`, masked and logged where it is ours."""
    cause = _cause(error)
    if cause is None or _is_coercion(error):
        return _entry(error, error.message, {"code": _code(error)} | (error.extensions or {}))
    if isinstance(cause, CannotGetOperationTypeError):
        return _entry(error, NO_SUCH_OPERATION, {"code": "NO_SUCH_OPERATION"})
    if isinstance(cause, Mistake):
        return _entry(error, cause.message, mistake_extensions(cause))
    if isinstance(cause, ClusterBusy):
        logger.warning("%s: %s", error.path, cause)
        return _entry(
            error,
            "What this needs in the project's cluster does not answer right now.",
            {"code": "UNAVAILABLE", "hint": "Try again in a moment."},
        )
    if isinstance(cause, DatabaseUnavailable):
        logger.warning("%s: %s", error.path, cause)
        return _entry(error, cause.said, {"code": cause.code, "hint": cause.hint})
    return _masked(error, cause)


def mistake_extensions(mistake: Mistake) -> dict[str, Any]:
    """A mistake's code, and field and hint where it has them."""
    told = {"code": mistake.code, "field": mistake.field, "hint": mistake.hint}
    return {key: value for key, value in told.items() if value}


def _masked(error: GraphQLError, cause: BaseException) -> dict[str, Any]:
    error_id = new_id()
    FAILURES.labels("graphql").inc()
    logger.error("error %s at %s", error_id, error.path, exc_info=cause)
    return _entry(error, OURS, {"code": "INTERNAL", "errorId": error_id})


def _cause(error: GraphQLError) -> BaseException | None:
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _is_coercion(error: GraphQLError) -> bool:
    # A scalar that refused a value of the document or of a variable: it points into the document,
    # and at no place in the answer.
    return error.path is None and bool(error.nodes)


def _code(error: GraphQLError) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return "SYNTAX_ERROR"
    return "INVALID_DOCUMENT" if error.path is None else "INVALID_VALUE"


def _entry(error: GraphQLError, message: str, extensions: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {"message": message, "extensions": extensions}
    if error.locations:
        entry["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        entry["path"] = error.path
    return entry
