"""What holds at every moment, and what holds once the troubles are over."""

from collections import Counter

from tablecast.cluster.port import NAMESPACE, WORKFLOW, Manifest
from tablecast.domain.feed import THE_END
from tablecast.domain.states import AttemptState, OperationState
from tablecast.domain.tables import Attempt, Drift, Event, Operation, Project, Training
from tests.simulation.cluster import Store

RANKS = {AttemptState.PENDING: 0, AttemptState.RUNNING: 1, AttemptState.RECORDING: 2}
SETTLED = (OperationState.OBSERVED, OperationState.SUPERSEDED)
MEANT = {
    "Succeeded": {AttemptState.SUCCEEDED},
    "Failed": {AttemptState.FAILED},
    "Error": {AttemptState.FAILED},
}


class Violation(AssertionError):
    """A promise that was not kept."""


class Invariants:
    """Remembers what was shown, so that nothing shown is ever taken back."""

    def __init__(self, store: Store, meddled: set[str]) -> None:
        self._store = store
        self._meddled = meddled
        self._shown: dict[str, AttemptState] = {}
        self._feeds: dict[str, dict[int, str]] = {}
        self._settled: dict[str, str] = {}

    async def at_any_moment(self) -> None:
        """Raise a `Violation` where a promise is broken already."""
        for name, uids in self._store.made.items():
            # What a hand took away before anybody had its UID is made again, as nobody can know of it.
            if len(set(uids) - self._meddled) > 1:
                raise Violation(f"the Workflow {name} was made {len(uids)} times")
        for attempt in await Attempt.all():
            self._never_backwards(attempt.id, AttemptState(attempt.state))
        await self._settled_stays()
        await self._feeds_only_grow()

    async def _settled_stays(self) -> None:
        """What a relay woken late would write over."""
        now = dict(await Operation.filter(state__in=SETTLED).values_list("id", "state"))
        there = set(await Operation.filter(id__in=list(self._settled)).values_list("id", flat=True))
        for operation, state in self._settled.items():
            if operation in there and now.get(operation) != state:
                raise Violation(f"operation {operation} was {state} and is no more")
        self._settled = {str(key): str(state) for key, state in now.items()}

    def _never_backwards(self, attempt: str, now: AttemptState) -> None:
        before = self._shown.get(attempt)
        self._shown[attempt] = now
        if before is None or before == now:
            return
        if before.finished or (not now.finished and RANKS[now] < RANKS[before]):
            raise Violation(f"attempt {attempt} went from {before} to {now}")

    async def _feeds_only_grow(self) -> None:
        found: dict[str, dict[int, str]] = {}
        ended = set()
        for event in await Event.all().only("id", "project_id", "sequence", "type"):
            found.setdefault(event.project_id, {})[event.sequence] = event.id
            if event.type == THE_END:
                ended.add(event.project_id)
        for project, lines in found.items():
            # What came before the end goes before it does.
            first = min(lines) if project in ended else 1
            if sorted(lines) != list(range(first, first + len(lines))):
                raise Violation(f"the feed of {project} has gaps: {sorted(lines)}")
            before = self._feeds.get(project, {})
            if any(lines.get(at) != line for at, line in before.items() if at >= first):
                raise Violation(f"the feed of {project} changed what it had told")
        self._feeds = found

    async def unsettled(self) -> list[str]:
        """What is still to come: empty once everything that was wished was seen to have happened."""
        open_ones = await Operation.exclude(state__in=SETTLED)
        found = [f"{one.noun} {one.verb} {one.state} {one.last_error}" for one in open_ones]
        found += [
            f"attempt {one.workflow_name} is {one.state}"
            for one in await Attempt.all()
            if not AttemptState(one.state).finished
        ]
        return found + [f"{one}" for one in await self._disagreements()]

    async def _disagreements(self) -> list[str]:
        namespaces = {
            one["metadata"]["name"] for one in (await self._store.list(NAMESPACE)).objects
        }
        known = set(await Project.all().values_list("namespace", flat=True))
        found = [f"namespace {name} is nobody's" for name in namespaces - known]
        found += [f"project {name} has no namespace" for name in known - namespaces]
        attempts = {one.workflow_uid: one for one in await Attempt.all() if one.workflow_uid}
        # What runs once and nobody can explain is told, and left to people: a relay that made it too late
        # may have been killed before it took it away.
        told = set(await Drift.filter(kind=WORKFLOW.kind).values_list("uid", flat=True))
        for workflow in (await self._store.list(WORKFLOW)).objects:
            if workflow["metadata"]["uid"] not in told:
                found += self._of_workflow(workflow, attempts)
        made = Counter(await Attempt.all().values_list("training_id", flat=True))
        for training in await Training.all():
            if made[training.id] != training.attempts:
                found.append(f"training {training.id} counts {training.attempts} attempts")
        return found

    def _of_workflow(self, workflow: Manifest, attempts: dict[str, Attempt]) -> list[str]:
        metadata, status = workflow["metadata"], workflow.get("status") or {}
        attempt = attempts.get(metadata["uid"])
        if attempt is None:
            return [f"Workflow {metadata['name']} is nobody's"]
        if not status.get("finishedAt"):
            return [f"Workflow {metadata['name']} runs, its attempt is {attempt.state}"]
        meant = MEANT.get(status["phase"], set()) | {AttemptState.CANCELLED}
        if AttemptState(attempt.state) not in meant:
            return [
                f"Workflow {metadata['name']} {status['phase']}, its attempt is {attempt.state}"
            ]
        return []
