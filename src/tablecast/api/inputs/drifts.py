"""What mutations of drifts take."""

import strawberry

from tablecast.api.inputs.checks import an_id, idempotency_key

_DRIFT = "Which object, by the id of its drift."


@strawberry.input(description="An orphan to take for what a row waits for.")
class AdoptObjectInput:
    drift_id: strawberry.ID = an_id("Drift", _DRIFT)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A lost object to make again.")
class RecreateObjectInput:
    drift_id: strawberry.ID = an_id("Drift", _DRIFT)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(
    description="An orphan to delete: that very object, and none that has its name since."
)
class PurgeObjectInput:
    drift_id: strawberry.ID = an_id("Drift", _DRIFT)
    idempotency_key: str | None = idempotency_key()
