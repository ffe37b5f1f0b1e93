"""Orphans: managed objects in a project's namespace that no row knows, and what may be done with each.

Whose an object is, its namespace says: labels are only what somebody wrote on it. An orphan that a row
was done with is removed (`drift`); what nobody can explain is reported and left.
"""

from tablecast.cluster.port import (
    INFERENCE_SERVICE,
    SERVING_RUNTIME,
    TRAINED_MODEL,
    WORKFLOW,
    Kind,
    Manifest,
    kind_of,
)
from tablecast.domain import pools
from tablecast.domain.pools import SHARED
from tablecast.domain.states import (
    AttemptState,
    DriftKind,
    Noun,
    OperationState,
    RevisionState,
    TrainingState,
    Verb,
)
from tablecast.domain.tables import Attempt, Operation, Project, Revision, Serving, Training
from tablecast.outbound import corrections, findings
from tablecast.outbound.context import Context
from tablecast.outbound.differences import differences
from tablecast.outbound.findings import Finding, orphan
from tablecast.outbound.manifests.serving import RUNTIME
from tablecast.outbound.objects import found, has_ended, label
from tablecast.outbound.snapshot import Snapshot

# What the server may delete by itself; the rest is for whoever made it.
PURGEABLE = (WORKFLOW, TRAINED_MODEL, INFERENCE_SERVICE)
BY_HAND = "Tablecast makes no such object: whoever made it has to delete it."


async def judge(there: Manifest, project: Project, context: Context) -> Finding | None:
    """What is to be told of an object as it stands; None where a row knows it, or is about to."""
    if there["metadata"].get("deletionTimestamp"):
        return None
    kind = kind_of(there)
    if kind == WORKFLOW:
        return await _workflow(there, project)
    if kind in (TRAINED_MODEL, INFERENCE_SERVICE):
        return await _model(there, kind, project, context)
    return None


async def unexplained(project: Project, context: Context, seen: Snapshot) -> list[Finding]:
    """What is to be told of all that lies in a project's namespace."""
    suspected = [
        await judge(there, project, context) for there in seen.within(project.namespace, *PURGEABLE)
    ]
    return [one for one in suspected if one is not None and await _still_so(one, project, context)]


def unwished(project: Project, wished: set[tuple[str, str]], seen: Snapshot) -> list[Finding]:
    """Objects beside those that stand in each project; what has an owner is a controller's.

    The runtime stays from the first serving on, wished or not.
    """
    known = wished | {(SERVING_RUNTIME.kind, RUNTIME)}
    return [
        orphan(there, project.id, BY_HAND)
        for there in seen.within(project.namespace)
        if kind_of(there) not in PURGEABLE
        and (there["kind"], there["metadata"]["name"]) not in known
        and not there["metadata"].get("ownerReferences")
        and not there["metadata"].get("deletionTimestamp")
    ]


async def _still_so(one: Finding, project: Project, context: Context) -> bool:
    # It was listed before rows were read: what was deleted with its rows meanwhile is no orphan.
    kind = next(kind for kind in PURGEABLE if kind.kind == one.kind)
    there = await found(context.cluster, kind, one.namespace, one.name)
    if there is None or there["metadata"]["uid"] != one.uid:
        return False
    return await judge(there, project, context) == one


async def _workflow(there: Manifest, project: Project) -> Finding | None:
    training_id, name = label(there, "id"), there["metadata"]["name"]
    training = await Training.get_or_none(id=training_id, project_id=project.id)
    attempt = await Attempt.get_or_none(
        training_id=training_id, workflow_name=name, project_id=project.id
    )
    about = {"noun": Noun.TRAINING.value, "subject_id": training.id} if training else {}
    if training is None or attempt is None:
        reason = "No attempt of a training has this Workflow."
        return orphan(there, project.id, reason, purgeable=True, **about)
    if attempt.workflow_uid == there["metadata"]["uid"]:
        return await _own_workflow(there, attempt, project, about)
    if attempt.workflow_uid:
        reason = f"Attempt {attempt.number} of its training has another Workflow."
        return orphan(there, project.id, reason, purgeable=True, **about)
    return await _unrecorded(there, attempt, project, about)


async def _own_workflow(
    there: Manifest, attempt: Attempt, project: Project, about: dict[str, str]
) -> Finding | None:
    if has_ended(there):
        return None
    if attempt.state == AttemptState.LOST:
        reason = f"Attempt {attempt.number} was given up as lost, and its Workflow runs."
        return orphan(there, project.id, reason, purgeable=True, **about)
    fields = await _changed_fields(there, attempt)
    if not fields:
        return None
    reason = f"Somebody changed what runs: {', '.join(fields)}."
    return findings.of(there, project.id, DriftKind.DIVERGED, reason, **about)


async def _unrecorded(
    there: Manifest, attempt: Attempt, project: Project, about: dict[str, str]
) -> Finding | None:
    # The relay may have made it a moment ago, and is about to write that down.
    if await is_ours(there) or await _is_busy(Noun.TRAINING, attempt.training_id):
        return None
    ended = AttemptState(attempt.state).finished
    reason = (
        f"Attempt {attempt.number} of its training ended without a Workflow."
        if ended
        else f"Attempt {attempt.number} of its training waits for a Workflow, and did not make this."
    )
    return orphan(there, project.id, reason, adoptable=not ended, purgeable=True, **about)


async def is_ours(workflow: Manifest) -> bool:
    """Whether an operation of its training made a Workflow, as far as its label can tell."""
    return await Operation.exists(
        id=label(workflow, "operation"), noun=Noun.TRAINING, subject_id=label(workflow, "id")
    )


async def _changed_fields(there: Manifest, attempt: Attempt) -> list[str]:
    made = await Operation.filter(
        noun=Noun.TRAINING, subject_id=attempt.training_id, object_uid=attempt.workflow_uid
    ).exclude(intent__isnull=True)
    if attempt.state not in (AttemptState.PENDING, AttemptState.RUNNING) or not made:
        return []
    fields = differences(made[0].intent, there)
    # A cancel ends it too, and is a person's wish.
    wished = await Operation.exists(subject_id=attempt.training_id, verb=Verb.CANCEL)
    ending = [] if wished else ["shutdown"]
    return fields + [f"spec.{name}" for name in ("suspend", *ending) if there["spec"].get(name)]


async def _model(there: Manifest, kind: Kind, project: Project, context: Context) -> Finding | None:
    if label(there, "noun") != "serving":
        if is_a_pool(there):
            return None
        return orphan(there, project.id, "No serving has this object.", purgeable=True)
    serving = await Serving.get_or_none(id=label(there, "id"), project_id=project.id)
    if serving is None:
        # Its rows went first; what is left is removed without asking.
        return None
    about = {"noun": Noun.SERVING.value, "subject_id": serving.id}
    revision = await Revision.get_or_none(
        serving_id=serving.id, object_name=there["metadata"]["name"]
    )
    if revision is None or (revision.mode == SHARED) != (kind == TRAINED_MODEL):
        reason = "Its serving has no such revision."
        return orphan(there, project.id, reason, purgeable=True, **about)
    if await _is_known(there, revision, serving):
        return None
    wish = await corrections.of_revision(revision, project, context)
    matches = wish is not None and not differences(wish, there)
    reason = (
        f"Revision {revision.number} of its serving waits for this object, and did not make it."
    )
    return orphan(there, project.id, reason, adoptable=matches, purgeable=True, **about)


def is_a_pool(there: Manifest) -> bool:
    """Whether an object that is no serving's bears a pool's name."""
    named = there["metadata"]["name"].startswith(pools.PREFIX)
    return kind_of(there) == INFERENCE_SERVICE and named


async def _is_known(there: Manifest, revision: Revision, serving: Serving) -> bool:
    uid = there["metadata"]["uid"]
    if revision.object_uid == uid or revision.number != serving.revision:
        # What is not wished any more goes by its name, whoever made it.
        return True
    if revision.object_uid or revision.state == RevisionState.RETIRED:
        return True
    return await _is_busy(Noun.SERVING, serving.id)


async def _is_busy(noun: Noun, subject_id: str) -> bool:
    return await Operation.exists(noun=noun, subject_id=subject_id, state=OperationState.ACCEPTED)


async def lost_workflows(project: Project) -> list[Finding]:
    """Workflows that vanished before they ended, of trainings that nobody has tried again."""
    trainings = await Training.filter(project_id=project.id, state=TrainingState.LOST)
    told = []
    for training in trainings:
        attempt = await Attempt.get_or_none(training_id=training.id, number=training.attempts)
        if attempt is not None:
            told.append(_lost_workflow(project, attempt))
    return told


def _lost_workflow(project: Project, attempt: Attempt) -> Finding:
    return Finding(
        project.id,
        WORKFLOW.kind,
        project.namespace,
        attempt.workflow_name,
        attempt.workflow_uid,
        DriftKind.LOST,
        f"The Workflow of attempt {attempt.number} vanished before it ended; it runs once.",
        Noun.TRAINING,
        attempt.training_id,
    )
