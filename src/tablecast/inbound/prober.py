"""The prober: asks every predictor pod for every model that it should have, again and again.

What a pod says is what counts; no condition of the cluster is believed. What the servers, though they
are there, do not load in its time is made anew under the next revision's name.
"""

import asyncio
import logging
import time
from collections import defaultdict
from datetime import UTC, datetime

from tortoise.exceptions import BaseORMException

from tablecast.clients.inference import InferenceClient
from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.states import RevisionState, ServingState
from tablecast.domain.tables import PredictorPod, Revision, Serving
from tablecast.errors import DatabaseUnavailable
from tablecast.inbound.obstacles import lacks_memory
from tablecast.inbound.rollout import loading, patience
from tablecast.inbound.servings import (
    MADE,
    desired_replicas,
    give_up,
    recount_all,
    recount_some,
)
from tablecast.inbound.signals import Signals
from tablecast.settings import Settings

log = logging.getLogger(__name__)

# Slower, and a model's arrival is seen late; faster, and servers answer probes and nothing else.
BUSY_SECONDS = 0.5
CALM_SECONDS = 2.0
AT_ONCE = 16

# How late a changed wish may be counted while no pod changes.
RECOUNT_SECONDS = 5.0

Answers = dict[str, dict[str, bool]]
Service = tuple[str, str]


class Prober:
    """Keeps `loaded`, `servable` and the way of predictions true."""

    def __init__(self, inference: InferenceClient, settings: Settings, signals: Signals) -> None:
        self._inference = inference
        self._settings = settings
        self._signals = signals
        self._room = asyncio.Semaphore(AT_ONCE)
        self._stuck_since: dict[str, float] = {}
        self._recounted: dict[Service, float] = {}

    async def run(self) -> None:
        """Probe until cancelled."""
        while True:
            busy = True
            try:
                busy = await self.round()
            except DatabaseUnavailable as error:
                # The next round looks again.
                log.warning("a round of probes was not written down: %s", error)
            except BaseORMException:
                log.exception("a round of probes was not written down")
            await self._signals.probe.wait(BUSY_SECONDS if busy else CALM_SECONDS)

    async def round(self) -> bool:
        """Ask every pod once and write down what changed; tell whether something is loading."""
        revisions = await Revision.filter(state__in=MADE).order_by("id")
        if not revisions:
            self._stuck_since.clear()
            return False
        services = {_service(one) for one in revisions}
        pods = await self._pods(services)
        answers = await self._ask(revisions, pods)
        for service in sorted(services):
            mine = [one for one in revisions if _service(one) == service]
            await self._write(service, mine, pods, answers)
        stuck = await self._heal(_lacking(revisions, pods, answers))
        return stuck or any(one.state == RevisionState.LOADING for one in revisions)

    async def _pods(self, services: set[Service]) -> list[PredictorPod]:
        names = {service for _, service in services}
        found = await PredictorPod.filter(ready=True, inference_service__in=names)
        return [pod for pod in found if _service(pod) in services]

    async def _ask(self, revisions: list[Revision], pods: list[PredictorPod]) -> Answers:
        names: dict[Service, list[str]] = defaultdict(list)
        for revision in revisions:
            names[_service(revision)].append(revision.object_name)
        answers: Answers = {pod.uid: {} for pod in pods}
        async with asyncio.TaskGroup() as group:
            for pod in pods:
                for name in names[_service(pod)]:
                    group.create_task(self._ask_one(pod, name, answers[pod.uid]))
        return answers

    async def _ask_one(self, pod: PredictorPod, name: str, answers: dict[str, bool]) -> None:
        async with self._room:
            answers[name] = await self._inference.ready(pod.namespace, pod.name, name)

    async def _write(
        self,
        service: Service,
        revisions: list[Revision],
        pods: list[PredictorPod],
        answers: Answers,
    ) -> None:
        project_id, name = service
        mine = [pod for pod in pods if _service(pod) == service]
        news = [pod for pod in mine if _loaded(pod, answers[pod.uid]) != pod.loaded]
        now = time.monotonic()
        due = now - self._recounted.get(service, float("-inf")) > RECOUNT_SECONDS
        touched = _touched(revisions, news, answers)
        if not (touched or due):
            return
        async with deed(SYSTEM, project_id) as tx:
            for pod in sorted(news, key=lambda one: one.uid):
                await _write_pod(pod, answers[pod.uid])
            if due:
                await recount_all(tx, project_id, name)
                self._recounted[service] = now
            else:
                await recount_some(tx, touched)

    async def _heal(self, revisions: list[Revision]) -> bool:
        """Make anew what is stuck for too long; tell whether anything is stuck."""
        stuck: dict[str, float] = {}
        now = time.monotonic()
        for revision in revisions:
            if not await self._is_stuck(revision):
                continue
            stuck[revision.id] = since = self._stuck_since.get(revision.id, now)
            if now - since > patience(self._settings.load_seconds, await _failures(revision)):
                await self._give_up(revision)
        self._stuck_since = stuck
        return bool(stuck)

    async def _is_stuck(self, revision: Revision) -> bool:
        serving = await Serving.get_or_none(id=revision.serving_id)
        if serving is None or serving.revision != revision.number:
            return False
        if serving.state == ServingState.DELETING or await lacks_memory(revision):
            return False
        pods = await PredictorPod.filter(
            project_id=revision.project_id, inference_service=revision.inference_service
        )
        desired = await desired_replicas(serving, revision)
        return loading(revision.object_name, pods, desired).stuck

    async def _give_up(self, revision: Revision) -> None:
        said = await self._refusal(revision)
        why = "Its servers did not load it in its time; it is made anew."
        async with deed(SYSTEM, revision.project_id) as tx:
            await give_up(tx, revision.serving_id, revision.number, f"{why} {said}".strip())

    async def _refusal(self, revision: Revision) -> str:
        """Why it is not loaded, in the words of the first server that says so."""
        for pod in await self._pods({_service(revision)}):
            said = await self._inference.refusal(pod.namespace, pod.name, revision.object_name)
            if said:
                return said
        return ""


async def _failures(revision: Revision) -> int:
    """Revisions in a row before this one that served the same and never loaded."""
    older = Revision.filter(serving_id=revision.serving_id, number__lt=revision.number)
    failures = 0
    for one in await older.order_by("-number").limit(8):
        if one.loaded_at is not None or one.generation != revision.generation:
            break
        failures += 1
    return failures


async def _write_pod(asked: PredictorPod, answers: dict[str, bool]) -> None:
    pod = await PredictorPod.select_for_update().get_or_none(uid=asked.uid)
    # Another look may have found it unready, or started again, while it was asked.
    if pod is None or not pod.ready or pod.restarts != asked.restarts:
        return
    pod.loaded = _loaded(pod, answers)
    pod.observed_at = datetime.now(UTC)
    await pod.save(update_fields=["loaded", "observed_at", "updated_at"])


def _touched(revisions: list[Revision], news: list[PredictorPod], answers: Answers) -> set[str]:
    """Servings of which some pod has news, or that are loading: a pool has a hundred beside them."""
    changed = {name for pod in news for name in pod.loaded.keys() ^ _yes(answers[pod.uid])}
    return {
        one.serving_id
        for one in revisions
        if one.state == RevisionState.LOADING or one.object_name in changed
    }


def _lacking(
    revisions: list[Revision], pods: list[PredictorPod], answers: Answers
) -> list[Revision]:
    """Revisions that some pod, taking requests, did not answer for."""
    lacking = {
        (_service(pod), name) for pod in pods for name, yes in answers[pod.uid].items() if not yes
    }
    return [one for one in revisions if (_service(one), one.object_name) in lacking]


def _yes(answers: dict[str, bool]) -> set[str]:
    return {name for name, yes in answers.items() if yes}


def _service(one: Revision | PredictorPod) -> Service:
    return (one.project_id, one.inference_service)


def _loaded(pod: PredictorPod, answers: dict[str, bool]) -> dict[str, str]:
    now = datetime.now(UTC).isoformat()
    return {name: pod.loaded.get(name, now) for name, yes in answers.items() if yes}
