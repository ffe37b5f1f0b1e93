"""Enumerations of the domain: states, roles, nouns and verbs, described for people."""

from enum import Enum
from typing import TypeVar

import strawberry

from tablecast.domain.states import AttemptState as AttemptState
from tablecast.domain.states import DatasetVersionState as DatasetVersionState
from tablecast.domain.states import DriftKind as DriftKind
from tablecast.domain.states import Noun as Noun
from tablecast.domain.states import OperationState as OperationState
from tablecast.domain.states import ProjectState as ProjectState
from tablecast.domain.states import RevisionState as RevisionState
from tablecast.domain.states import Role as Role
from tablecast.domain.states import ServingState as ServingState
from tablecast.domain.states import StepState as StepState
from tablecast.domain.states import TrainingState as TrainingState
from tablecast.domain.states import UploadState as UploadState
from tablecast.domain.states import Verb as Verb

EnumT = TypeVar("EnumT", bound=Enum)


def described(enum: type[EnumT], description: str = "", **values: str) -> type[EnumT]:
    """Make an enumeration part of the schema, by its docstring where no description is given.

    KeyError where a value has no description.
    """
    strawberry.enum(enum, description=description or enum.__doc__)
    definition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]
    return enum


described(
    ProjectState,
    "How a project is, as observed in the cluster.",
    PENDING="Being set up: its datastore has not answered yet.",
    READY="Its datastore answers.",
    DEGRADED="It was ready, and its datastore does not answer now.",
    DELETING="Being deleted with all that is in it.",
)
described(
    UploadState,
    "How far an upload is.",
    PENDING="The datastore has no slot for it yet.",
    OPEN="Its URL takes bytes.",
    FINISHING="Declared complete; length and checksum are being compared.",
    COMPLETE="All bytes are there and the checksum agrees.",
    FAILED="It could not be finished; `error` says why.",
    ABORTED="Thrown away.",
)
described(
    DatasetVersionState,
    "How far a dataset version is.",
    PENDING="Waits for the datastore to take it.",
    CONVERTING="Being read, typed and profiled; `progress` says how far.",
    READY="Can be trained on.",
    FAILED="The file could not be read as a table; `error` says where and why.",
    DELETING="Being deleted.",
)
described(
    TrainingState,
    "How a training is: its newest attempt's state, or a wish on its way.",
    PENDING="Not started in the cluster yet.",
    RUNNING="One of its steps runs or waits for its turn.",
    SUCCEEDED="It made a model version.",
    FAILED="It ended without a model; `error` says why.",
    CANCELLING="Told to stop.",
    CANCELLED="Stopped because somebody asked.",
    LOST="Its Workflow vanished from the cluster before it ended.",
    DELETING="Being deleted.",
)
described(
    AttemptState,
    "How an attempt is.",
    PENDING="Its Workflow has not been seen yet.",
    RUNNING="Its Workflow runs.",
    RECORDING="Its Workflow succeeded; the model is being recorded.",
    SUCCEEDED="It made a model version.",
    FAILED="It ended without a model.",
    CANCELLED="Stopped because somebody asked.",
    LOST="Its Workflow vanished before it ended.",
)
described(
    StepState,
    "How a step is, as seen of its pod.",
    WAITING="Waits for the step before it.",
    PENDING="Its pod has not started; `blockedBy` may say why.",
    RUNNING="Its pod runs.",
    SUCCEEDED="It ended well.",
    FAILED="It ended badly; `error` says why.",
    CANCELLED="Stopped because somebody asked.",
    OMITTED="Never started, as a step before it failed.",
)
described(
    ServingState,
    "How a serving is, by what its replicas answer.",
    PENDING="Nothing was asked of the cluster yet.",
    LOADING="Its model is being loaded for the first time.",
    SERVABLE="Every replica answers.",
    DEGRADED="Some replicas answer.",
    UNAVAILABLE="No replica answers, though one did before.",
    FAILED="Its model could not be loaded.",
    DELETING="Being deleted.",
)
described(
    RevisionState,
    "How one generation of a serving is.",
    PENDING="Not in the cluster yet.",
    LOADING="In the cluster; not every replica answers yet.",
    LOADED="Answered on every replica.",
    RETIRING="Told to go.",
    RETIRED="Seen gone.",
    FAILED="Did not load in its time.",
)
described(
    OperationState,
    "How far a mutation's effect is.",
    ACCEPTED="Committed; the cluster has not taken it yet.",
    APPLIED="The cluster took it.",
    OBSERVED="Its effect was seen.",
    FAILED="The cluster refused it; `lastError` holds its words.",
    SUPERSEDED="A newer wish for the same thing took its place.",
    ABANDONED="Somebody gave it up; it is not tried again unless retried by hand.",
)
described(
    Role,
    "What a member may do in a project.",
    VIEWER="See everything, predict.",
    EDITOR="Also upload, train, serve and delete.",
    OWNER="Also change and delete the project and admit others.",
)
described(
    DriftKind,
    "How rows and cluster disagree on an object.",
    LOST="A row says that it should be there, and the cluster has none.",
    ORPHANED="It is there and marked as Tablecast's, and no row knows it.",
    DIVERGED="It is another than its row wishes.",
)
described(
    Noun,
    "What an operation or an event is about.",
    PROJECT="A project.",
    UPLOAD="An upload.",
    DATASET="A dataset.",
    DATASET_VERSION="A dataset version.",
    TRAINING="A training, its attempts, steps and trials.",
    MODEL="A model and its versions.",
    SERVING="A serving and its revisions.",
    OPERATION="An operation.",
    DRIFT="An object on which rows and cluster disagree.",
)
described(
    Verb,
    "What an operation does to its subject.",
    CREATE="Make it.",
    UPDATE="Change it.",
    DELETE="Delete it.",
    FINISH="Declare an upload complete.",
    ABORT="Throw an upload away.",
    CANCEL="Stop a training.",
    RETRY="Try a training again.",
    HEAL="Tablecast's own: load a model anew that did not load in its time.",
    RETIRE="Tablecast's own: take the revisions away that a newer one replaced.",
    RECONCILE="Tablecast's own: make the cluster match the row again.",
    ADOPT="Take an orphaned object for what a row waits for.",
    RECREATE="Make a lost object again.",
    PURGE="Delete an orphaned object.",
)
