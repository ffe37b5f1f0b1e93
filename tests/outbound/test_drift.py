"""A hand on what is declared: it is put right and told, or reported where data went with it.

On the embedded objects, and on a real API server, where a hand has a name.
"""

from contextlib import suppress
from typing import Any

import pytest

from tablecast.domain.drifts import recreate_object
from tablecast.domain.projects import ProjectChange, update_project
from tablecast.domain.states import DriftKind
from tablecast.domain.tables import Project
from tablecast.errors import ClusterRefusal
from tests.cluster.waiting import until
from tests.domain.world import ANN
from tests.outbound.drifting import Place, drifts, state_of, told
from tests.outbound.relaying import carry

pytestmark = pytest.mark.usefixtures("world")


async def test_where_nobody_laid_a_hand_on_nothing_is_written_or_told(
    place: Place, project: Project
) -> None:
    """However often it is looked at, whatever the server made of what was applied."""
    await place.training(project)
    await place.serving(project)
    objects = await _versions(place, project)
    for _ in range(3):
        report = await place.sweep.sweep()
        assert (report.lost, report.orphaned, report.diverged) == ([], [], [])
    assert await told(project) == []
    assert await drifts(project) == []
    assert await _versions(place, project) == objects


async def _versions(place: Place, project: Project) -> dict[str, Any]:
    """What tells whether anybody wrote an object's wishes; status is a controller's."""
    named = {
        "Deployment": "datastore",
        "Role": "step",
        "Secret": "datastore",
        "Service": "datastore",
        "NetworkPolicy": "steps",
        "InferenceService": "pool-1",
        "ServingRuntime": "tabular",
    }
    found = {}
    for kind, name in named.items():
        there = await place.get(kind, project.namespace, name)
        owners = there["metadata"].get("managedFields", [])
        ours = [each.get("time") for each in owners if each["manager"] == "tablecast"]
        found[kind] = (there["metadata"].get("generation"), ours, there.get("spec"))
    return found


@pytest.mark.parametrize(
    ("kind", "name", "content", "field"),
    [
        ("Deployment", "datastore", {"spec": {"replicas": 0}}, "spec.replicas"),
        (
            "ResourceQuota",
            "quota",
            {"spec": {"hard": {"limits.cpu": "999"}}},
            "spec.hard.limits.cpu",
        ),
        (
            "Role",
            "step",
            {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]},
            "rules",
        ),
        ("NetworkPolicy", "steps", {"spec": {"podSelector": {}, "egress": [{}]}}, "spec.egress"),
        ("Secret", "datastore", {"data": {"token": "d3Jvbmc="}}, "data.token"),
        (
            "Service",
            "datastore",
            {"metadata": {"labels": {"tablecast.dev/id": "another"}}},
            "metadata.labels.tablecast.dev/id",
        ),
    ],
)
async def test_a_changed_object_is_put_right_and_its_fields_are_named(
    place: Place, project: Project, kind: str, name: str, content: dict[str, Any], field: str
) -> None:
    """Once: the next sweep finds nothing."""
    before = await place.get(kind, project.namespace, name)
    if "metadata" in content:
        names = {key: before["metadata"][key] for key in ("name", "namespace")}
        content = {"metadata": names | content["metadata"]}
    await place.edit(kind, project.namespace, name, **content)
    await place.sweep.sweep()
    after = await place.get(kind, project.namespace, name)
    for part in ("spec", "rules", "data"):
        assert after.get(part) == before.get(part)
    assert after["metadata"]["labels"] == before["metadata"]["labels"]
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    (message,) = await told(project)
    assert message.startswith(f"{kind} {name} was not as wished and was put right: ")
    assert field in message
    await place.sweep.sweep()
    assert len(await told(project)) == 1
    assert await drifts(project) == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Deployment", "datastore"),
        ("Service", "datastore"),
        ("Secret", "datastore"),
        ("ResourceQuota", "quota"),
        ("NetworkPolicy", "default-deny"),
        ("RoleBinding", "step"),
        ("ServiceAccount", "step"),
    ],
)
async def test_a_deleted_object_is_made_again(
    place: Place, project: Project, kind: str, name: str
) -> None:
    await place.delete(kind, project.namespace, name)
    await place.sweep.sweep()
    assert await place.there(kind, project.namespace, name)
    message = f"{kind} {name} was not there and was made again."
    assert message in await told(project)
    await place.sweep.sweep()
    assert (await told(project)).count(message) == 1
    # An account's token goes with it, where somebody gives out tokens.
    assert len(await told(project)) == (2 if kind == "ServiceAccount" and place.is_real else 1)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("Namespace", ""), ("PersistentVolumeClaim", "data"), ("Role", "step")],
)
async def test_an_object_that_lost_our_label_is_not_taken_for_lost(
    place: Place, project: Project, kind: str, name: str
) -> None:
    """It is there, whoever cannot find it by its label."""
    where = ("", project.namespace) if kind == "Namespace" else (project.namespace, name)
    names = {"name": where[1]} | ({"namespace": where[0]} if where[0] else {})
    off = {"labels": {"tablecast.dev/managed": "false"}}
    await place.edit(kind, *where, metadata=names | off)
    await place.sweep.sweep()
    assert await drifts(project) == []
    there = await place.get(kind, *where)
    assert there["metadata"]["labels"]["tablecast.dev/managed"] == "true"
    (message,) = await told(project)
    assert "metadata.labels.tablecast.dev/managed" in message


async def test_who_changes_it_again_and_again_is_told_of_once(
    place: Place, project: Project
) -> None:
    """It is put right each time, and shown as long as it goes on: no storm of events."""
    for _ in range(4):
        await place.edit("Deployment", project.namespace, "datastore", spec={"replicas": 0})
        await place.sweep.sweep()
        there = await place.get("Deployment", project.namespace, "datastore")
        assert there["spec"]["replicas"] == 1
    assert len(await told(project)) == 1
    (drift,) = await drifts(project)
    assert (drift.drift, drift.subject_id) == (DriftKind.DIVERGED, project.id)
    assert "keeps changing" in drift.reason
    assert len(await told(project, "DRIFT_FOUND")) == 1
    await place.sweep.sweep()
    assert await drifts(project) == []


async def test_a_wish_on_its_way_is_the_relays_to_bring(place: Place, project: Project) -> None:
    """Between the row's change and the cluster's there is no drift."""
    await update_project(ANN, project.id, ProjectChange(cpu_limit=4))
    await place.sweep.sweep()
    quota = await place.get("ResourceQuota", project.namespace, "quota")
    assert quota["spec"]["hard"]["limits.cpu"] == "8"
    assert await told(project) == []


async def test_a_pool_and_a_model_that_were_changed_are_put_right(
    place: Place, project: Project
) -> None:
    serving = await place.serving(project)
    name = f"serving-{serving.id}-r1"
    before = await place.get("TrainedModel", project.namespace, name)
    model = before["spec"]["model"] | {"storageUri": "http://evil.example/x"}
    await place.edit(
        "TrainedModel", project.namespace, name, spec=before["spec"] | {"model": model}
    )
    predictor = {"minReplicas": 0, "maxReplicas": 9}
    await place.edit("InferenceService", project.namespace, "pool-1", spec={"predictor": predictor})
    await place.sweep.sweep()
    after = await place.get("TrainedModel", project.namespace, name)
    assert after["spec"] == before["spec"]
    pool = await place.get("InferenceService", project.namespace, "pool-1")
    assert pool["spec"]["predictor"]["maxReplicas"] == 1
    messages = "\n".join(sorted(await told(project)))
    assert "spec.predictor.minReplicas" in messages
    assert "spec.model.storageUri" in messages


async def test_a_deleted_model_is_made_anew_and_told(place: Place, project: Project) -> None:
    serving = await place.serving(project)
    await place.delete("TrainedModel", project.namespace, f"serving-{serving.id}-r1")
    await place.sweep.sweep()
    await carry(place.context, rounds=2)
    assert await place.there("TrainedModel", project.namespace, f"serving-{serving.id}-r2")
    (message,) = await told(project)
    assert "was deleted in the cluster and is made anew" in message


async def test_a_deleted_namespace_is_lost_and_made_again_only_when_asked(
    place: Place, project: Project
) -> None:
    """Empty: what was on its volume is gone, so nobody decides that but a person."""
    await place.delete("Namespace", "", project.namespace)

    async def gone() -> bool:
        return not await place.there("Namespace", "", project.namespace)

    await until(gone)
    await place.sweep.sweep()
    assert await gone()
    (drift,) = await drifts(project)
    assert (drift.kind, drift.drift, drift.recreatable) == ("Namespace", DriftKind.LOST, True)
    _, operation = await recreate_object(ANN, drift.id)
    await carry(place.context)
    assert await state_of(operation) == ("OBSERVED", "")
    assert await place.there("Deployment", project.namespace, "datastore")
    made = await Project.get(id=project.id)
    assert made.namespace_uid not in ("", project.namespace_uid)
    await place.sweep.sweep()
    assert await drifts(project) == []


async def test_a_lost_volume_is_not_made_again_by_itself(place: Place, project: Project) -> None:
    await place.delete("PersistentVolumeClaim", project.namespace, "data")

    async def gone() -> bool:
        return not await place.there("PersistentVolumeClaim", project.namespace, "data")

    with suppress(AssertionError):
        await until(gone, seconds=5)
    await place.sweep.sweep()
    (drift,) = await drifts(project)
    if not await gone():
        # A pod on a node holds it back; it is told of already.
        assert (drift.drift, drift.recreatable) == (DriftKind.DIVERGED, False)
        return
    assert (drift.drift, drift.recreatable) == (DriftKind.LOST, True)
    _, operation = await recreate_object(ANN, drift.id)
    await carry(place.context)
    assert await state_of(operation) == ("OBSERVED", "")
    assert not await gone()
    await place.sweep.sweep()
    assert await drifts(project) == []


async def test_what_cannot_be_put_right_is_shown_with_the_clusters_words(
    place: Place, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each sweep tries again; the others' objects are put right all the same."""
    other = await place.project("whales")
    for each in (project, other):
        await place.edit("Deployment", each.namespace, "datastore", spec={"replicas": 0})
    real = place.cluster.apply

    async def refuses(manifest: Any, **more: Any) -> Any:
        if manifest["metadata"].get("namespace") == project.namespace:
            raise ClusterRefusal("exceeded quota: stones", 403)
        return await real(manifest, **more)

    monkeypatch.setattr(place.cluster, "apply", refuses)
    await place.sweep.sweep()
    (drift,) = await drifts(project)
    assert drift.reason == "It could not be put right: exceeded quota: stones"
    assert (await drifts(other), len(await told(other))) == ([], 1)
    monkeypatch.undo()
    await place.sweep.sweep()
    assert (await drifts(project), len(await told(project))) == ([], 1)
