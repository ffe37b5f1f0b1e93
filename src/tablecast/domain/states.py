"""States: what each means. What is shown as a state was observed, but for the first and the wished."""

from enum import StrEnum


class ProjectState(StrEnum):
    """PENDING until its datastore was seen to answer."""

    PENDING = "PENDING"
    READY = "READY"
    DEGRADED = "DEGRADED"
    DELETING = "DELETING"


class UploadState(StrEnum):
    """PENDING (no slot yet), OPEN (takes bytes), FINISHING, COMPLETE, or ended."""

    PENDING = "PENDING"
    OPEN = "OPEN"
    FINISHING = "FINISHING"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"
    ABORTED = "ABORTED"


class DatasetVersionState(StrEnum):
    """PENDING until the datastore took it, CONVERTING, then READY or FAILED with an error."""

    PENDING = "PENDING"
    CONVERTING = "CONVERTING"
    READY = "READY"
    FAILED = "FAILED"
    DELETING = "DELETING"


class TrainingState(StrEnum):
    """The newest attempt's state as the training's, or a wish (CANCELLING, DELETING) on its way."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    LOST = "LOST"
    DELETING = "DELETING"

    @property
    def finished(self) -> bool:
        """Whether nothing of it runs or will run."""
        return self in {
            TrainingState.SUCCEEDED,
            TrainingState.FAILED,
            TrainingState.CANCELLED,
            TrainingState.LOST,
        }


class AttemptState(StrEnum):
    """PENDING (no Workflow seen), RUNNING, RECORDING (succeeded, its model is being read), ended.

    LOST: its Workflow vanished before it ended.
    """

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    RECORDING = "RECORDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    LOST = "LOST"

    @property
    def finished(self) -> bool:
        """Whether the verdict is known and recorded."""
        return self in {
            AttemptState.SUCCEEDED,
            AttemptState.FAILED,
            AttemptState.CANCELLED,
            AttemptState.LOST,
        }


class StepState(StrEnum):
    """WAITING for the step before it, PENDING (its pod has not started), RUNNING, or ended."""

    WAITING = "WAITING"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    OMITTED = "OMITTED"


class ServingState(StrEnum):
    """PENDING (nothing asked of the cluster), LOADING, SERVABLE (every replica answers),
    DEGRADED (some replicas answer), UNAVAILABLE (none does, though it did once), FAILED."""

    PENDING = "PENDING"
    LOADING = "LOADING"
    SERVABLE = "SERVABLE"
    DEGRADED = "DEGRADED"
    UNAVAILABLE = "UNAVAILABLE"
    FAILED = "FAILED"
    DELETING = "DELETING"


class RevisionState(StrEnum):
    """PENDING (not in the cluster), LOADING, LOADED (answered on every replica), RETIRING (told to
    go), RETIRED (seen gone), FAILED (did not load in its time)."""

    PENDING = "PENDING"
    LOADING = "LOADING"
    LOADED = "LOADED"
    RETIRING = "RETIRING"
    RETIRED = "RETIRED"
    FAILED = "FAILED"


class OperationState(StrEnum):
    """ACCEPTED (committed), APPLIED (the cluster took it), OBSERVED (its effect was seen), FAILED,
    SUPERSEDED by a newer wish, or ABANDONED: given up by hand."""

    ACCEPTED = "ACCEPTED"
    APPLIED = "APPLIED"
    OBSERVED = "OBSERVED"
    FAILED = "FAILED"
    SUPERSEDED = "SUPERSEDED"
    ABANDONED = "ABANDONED"

    @property
    def settled(self) -> bool:
        """Whether nothing more will come of it by itself."""
        return self in {
            OperationState.OBSERVED,
            OperationState.FAILED,
            OperationState.SUPERSEDED,
            OperationState.ABANDONED,
        }


class DriftKind(StrEnum):
    """LOST (a row says that it is there), ORPHANED (ours, and no row knows it), DIVERGED (another
    than its row wishes)."""

    LOST = "LOST"
    ORPHANED = "ORPHANED"
    DIVERGED = "DIVERGED"


class Role(StrEnum):
    """What a member may do: see; see and change; see, change, delete the project and admit others."""

    VIEWER = "VIEWER"
    EDITOR = "EDITOR"
    OWNER = "OWNER"

    def covers(self, needed: "Role") -> bool:
        """Whether this role includes what `needed` may do."""
        order = (Role.VIEWER, Role.EDITOR, Role.OWNER)
        return order.index(self) >= order.index(needed)


class Noun(StrEnum):
    """What an operation or an event is about."""

    PROJECT = "PROJECT"
    UPLOAD = "UPLOAD"
    DATASET = "DATASET"
    DATASET_VERSION = "DATASET_VERSION"
    TRAINING = "TRAINING"
    MODEL = "MODEL"
    SERVING = "SERVING"
    OPERATION = "OPERATION"
    DRIFT = "DRIFT"


class Verb(StrEnum):
    """What an operation does to its subject; HEAL, RETIRE and RECONCILE are Tablecast's own."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    FINISH = "FINISH"
    ABORT = "ABORT"
    CANCEL = "CANCEL"
    RETRY = "RETRY"
    HEAL = "HEAL"
    RETIRE = "RETIRE"
    RECONCILE = "RECONCILE"
    ADOPT = "ADOPT"
    RECREATE = "RECREATE"
    PURGE = "PURGE"
