"""A Workflow that a hand made in an attempt's place is not the attempt's until somebody says so."""

import pytest

from tablecast.domain.states import AttemptState
from tablecast.domain.tables import Attempt
from tablecast.inbound.changes import Changed
from tests.domain.world import a_project, a_training, a_version
from tests.inbound.telling import labels_of, rows, tell

pytestmark = pytest.mark.usefixtures("world")

VERDICT = {
    "phase": "Failed",
    "startedAt": "2026-11-01T10:00:00Z",
    "finishedAt": "2026-11-01T10:01:00Z",
}


def workflow(attempt: Attempt, labels: dict[str, str], **metadata: str) -> dict[str, object]:
    """A Workflow that has failed."""
    named = {"name": attempt.workflow_name, "namespace": "tc", "uid": "u", "resourceVersion": "1"}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": named | metadata | {"labels": labels},
        "spec": {},
        "status": VERDICT,
    }


@pytest.mark.parametrize(
    ("labels", "metadata"),
    [
        ({"tablecast.dev/operation": "somebody"}, {}),
        ({}, {"name": "another"}),
    ],
    ids=["no operation of ours made it", "it has another name"],
)
async def test_it_is_not_taken_for_ours(labels: dict[str, str], metadata: dict[str, str]) -> None:
    training = await a_training(await a_version(await a_project()))
    attempt = await Attempt.get(training_id=training.id)
    strange = workflow(attempt, await labels_of(training) | labels, **metadata)
    await tell("Workflow", Changed(strange))
    assert (await Attempt.get(id=attempt.id)).workflow_uid == ""
    assert (await rows(attempt))["attempt"] == AttemptState.PENDING


async def test_adopted_it_is_read_as_soon_as_it_carries_our_label() -> None:
    """Also where it had ended before, and will never change by itself."""
    training = await a_training(await a_version(await a_project()))
    attempt = await Attempt.get(training_id=training.id)
    ours = await labels_of(training)
    await tell("Workflow", Changed(workflow(attempt, ours | {"tablecast.dev/operation": "x"})))
    await Attempt.filter(id=attempt.id).update(workflow_uid="u")
    await tell("Workflow", Changed(workflow(attempt, ours, resourceVersion="2")))
    assert (await rows(attempt))["attempt"] == AttemptState.FAILED
