"""Corrections: declared objects that somebody's hand changed or deleted are put right, and that is told.

Objects are read before rows and applied with the version that was compared: whoever writes meanwhile
wins, and the next sweep looks again. What holds data is never made anew without asking.
"""

import logging
from dataclasses import dataclass

from tablecast.cluster.port import (
    INFERENCE_SERVICE,
    NAMESPACE,
    SERVING_RUNTIME,
    TRAINED_MODEL,
    VOLUME_CLAIM,
    Manifest,
    kind_of,
)
from tablecast.domain.pools import SHARED
from tablecast.domain.states import (
    DriftKind,
    Noun,
    OperationState,
    ProjectState,
    RevisionState,
    ServingState,
)
from tablecast.domain.tables import ModelVersion, Operation, Project, Revision, Serving
from tablecast.errors import ClusterRefusal, ObjectConflict
from tablecast.outbound import findings, pools, projects
from tablecast.outbound.context import Context
from tablecast.outbound.differences import NEWEST_WISH, differences
from tablecast.outbound.findings import Finding
from tablecast.outbound.manifests.serving import dedicated, trained_model
from tablecast.outbound.objects import label
from tablecast.outbound.revisions import serving_spec
from tablecast.outbound.snapshot import Snapshot

log = logging.getLogger(__name__)

_GOING = (ProjectState.DELETING, ServingState.DELETING)
SERVED = (RevisionState.LOADING, RevisionState.LOADED)
HOLDS_DATA = {NAMESPACE.kind: "its volume went with it", VOLUME_CLAIM.kind: "its data is gone"}
# Made again under another name, by an operation: see `drift`.
MADE_ANEW = {TRAINED_MODEL.kind, INFERENCE_SERVICE.kind}
# More, and something fights over the object; the next sweep tries again.
TRIES = 3
# As many as a person reads; the rest is put right all the same.
NAMED_FIELDS = 5


@dataclass(frozen=True)
class Wished:
    """A manifest, and whose it is."""

    manifest: Manifest
    noun: Noun
    row: Project | Serving

    @property
    def subject_id(self) -> str:
        """The row's id."""
        return self.row.id

    @property
    def name(self) -> str:
        """How people are told of it."""
        return f"{self.manifest['kind']} {self.manifest['metadata']['name']}"


async def of_project(project: Project, context: Context) -> list[Wished]:
    """What stands in a project's namespace, the namespace first; nothing while a wish is on its way."""
    if project.id in await _under_way(Noun.PROJECT, project.id):
        return []
    manifests = projects.wished(project, await newest_wish(project.id), context)
    return [Wished(each, Noun.PROJECT, project) for each in manifests]


async def of_servings(project: Project, context: Context) -> list[Wished]:
    """A project's runtime, pool and models, of servings for which no wish is on its way."""
    revisions = await Revision.filter(project_id=project.id, state__in=SERVED)
    if not revisions:
        return []
    found: list[Wished] = []
    busy = await _under_way(Noun.SERVING, project.id)
    calm = [one for one in revisions if one.serving_id not in busy]
    if len(calm) == len(revisions):
        for manifest in await pools.wished(project, context):
            shared = any(one.mode == SHARED for one in revisions)
            if shared or manifest["kind"] == SERVING_RUNTIME.kind:
                found.append(Wished(manifest, Noun.PROJECT, project))
    # A pool has a hundred models: their rows are read together.
    servings = await Serving.in_bulk({one.serving_id for one in calm}, "id")
    versions = await ModelVersion.in_bulk({one.model_version_id for one in calm}, "id")
    for revision in calm:
        serving = servings.get(revision.serving_id)
        version = versions.get(revision.model_version_id)
        own = await _manifest(revision, serving, version, project, context)
        if own is not None and serving is not None:
            found.append(Wished(own, Noun.SERVING, serving))
    return found


async def of_revision(revision: Revision, project: Project, context: Context) -> Manifest | None:
    """The TrainedModel or InferenceService of a revision; None where its serving is going."""
    serving = await Serving.get_or_none(id=revision.serving_id)
    version = await ModelVersion.get_or_none(id=revision.model_version_id)
    return await _manifest(revision, serving, version, project, context)


async def _manifest(
    revision: Revision,
    serving: Serving | None,
    version: ModelVersion | None,
    project: Project,
    context: Context,
) -> Manifest | None:
    if serving is None or version is None or serving.state == ServingState.DELETING:
        return None
    spec = await serving_spec(serving, revision, version, project, context)
    return trained_model(spec) if revision.mode == SHARED else dedicated(spec)


async def newest_wish(project_id: str) -> str:
    """The operation that last made a project's objects: its id stands in their labels."""
    applied = (OperationState.APPLIED, OperationState.OBSERVED)
    made = Operation.filter(noun=Noun.PROJECT, subject_id=project_id, state__in=applied)
    operation = await made.order_by("-id").first()
    return operation.id if operation else project_id


class Corrections:
    """Puts right; remembers from sweep to sweep what it put right, so that two who undo each other's
    changes are told of once, as a finding."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._before: set[tuple[str, str]] = set()
        self._now: set[tuple[str, str]] = set()

    def begin(self) -> None:
        """A sweep begins."""
        self._before, self._now = self._now, set()

    async def correct(self, project: Project, wished: Wished, seen: Snapshot) -> Finding | None:
        """Put one object right, if it is not; return what is to be told of it for as long as it lasts."""
        kind, metadata = kind_of(wished.manifest), wished.manifest["metadata"]
        place = kind, metadata.get("namespace", ""), metadata["name"]
        if kind.kind in seen.unseen:
            return None
        there = await seen.find(*place) or await seen.unlabelled(*place)
        for _ in range(TRIES):
            try:
                return await self._compare(project, wished, there)
            except ObjectConflict:
                # Mostly a controller that wrote its status meanwhile.
                there = await seen.again(*place) or await seen.unlabelled(*place)
        return None

    async def _compare(
        self, project: Project, wished: Wished, there: Manifest | None
    ) -> Finding | None:
        if there is None:
            return await self._missing(project, wished)
        if there["metadata"].get("deletionTimestamp"):
            return self._going(project, wished, there)
        fields = differences(wished.manifest, there)
        return await self._diverged(project, wished, there, fields) if fields else None

    async def _missing(self, project: Project, wished: Wished) -> Finding | None:
        kind = wished.manifest["kind"]
        if kind in MADE_ANEW:
            return None
        if kind in HOLDS_DATA:
            reason = f"It was deleted in the cluster; {HOLDS_DATA[kind]}."
            return _finding(project, wished, wished.manifest, DriftKind.LOST, reason, lost=True)
        return await self._apply(
            project, wished, wished.manifest, DriftKind.LOST, "was not there and was made again"
        )

    def _going(self, project: Project, wished: Wished, there: Manifest) -> Finding | None:
        if wished.manifest["kind"] not in HOLDS_DATA:
            return None
        reason = "Somebody deleted it in the cluster: it goes, and its data with it."
        return _finding(project, wished, there, DriftKind.DIVERGED, reason)

    async def _diverged(
        self, project: Project, wished: Wished, there: Manifest, fields: list[str]
    ) -> Finding | None:
        named = ", ".join(fields[:NAMED_FIELDS])
        names = {key: there["metadata"][key] for key in ("uid", "resourceVersion")}
        labels = dict(wished.manifest["metadata"]["labels"])
        if label(there, "operation") and NEWEST_WISH in labels:
            labels[NEWEST_WISH] = label(there, "operation")
        metadata = wished.manifest["metadata"] | names | {"labels": labels}
        return await self._apply(
            project,
            wished,
            wished.manifest | {"metadata": metadata},
            DriftKind.DIVERGED,
            f"was not as wished and was put right: {named}",
        )

    async def _apply(
        self, project: Project, wished: Wished, manifest: Manifest, drift: DriftKind, message: str
    ) -> Finding | None:
        if not await _is_current(wished):
            return None
        version = manifest["metadata"].get("resourceVersion")
        try:
            applied = await self._context.cluster.apply(manifest)
        except ClusterRefusal as exc:
            reason = f"It could not be put right: {exc.message}"
            lost = drift == DriftKind.LOST
            return _finding(project, wished, manifest, drift, reason, lost=lost)
        if applied["metadata"]["resourceVersion"] == version:
            return None
        return await self._tell(project, wished, applied, message)

    async def _tell(
        self, project: Project, wished: Wished, applied: Manifest, message: str
    ) -> Finding | None:
        done = (f"{project.id} {wished.name}", message)
        self._now.add(done)
        log.warning("%s in %s %s", wished.name, project.namespace, message)
        if done in self._before:
            reason = f"Somebody keeps changing it: it {message}."
            return _finding(project, wished, applied, DriftKind.DIVERGED, reason)
        await findings.tell_corrected(
            project.id, wished.noun, wished.subject_id, f"{wished.name} {message}."
        )
        return None


def _finding(
    project: Project,
    wished: Wished,
    there: Manifest,
    drift: DriftKind,
    reason: str,
    *,
    lost: bool = False,
) -> Finding:
    return findings.of(
        there,
        project.id,
        drift,
        reason,
        noun=wished.noun.value,
        subject_id=wished.subject_id,
        recreatable=lost,
    )


async def _is_current(wished: Wished) -> bool:
    """Whether the row still wishes this; what was wished since is the relay's to bring."""
    table = type(wished.row)
    now = await table.get_or_none(id=wished.row.id)
    if now is None or now.generation != wished.row.generation or now.state in _GOING:
        return False
    project_id = now.id if isinstance(now, Project) else now.project_id
    return now.id not in await _under_way(wished.noun, project_id)


async def _under_way(noun: Noun, project_id: str) -> set[str]:
    waiting = Operation.filter(project_id=project_id, noun=noun, state=OperationState.ACCEPTED)
    return {str(subject_id) for subject_id in await waiting.values_list("subject_id", flat=True)}
