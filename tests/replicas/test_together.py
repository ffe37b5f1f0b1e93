"""Three replicas at work together: each thing is done once, and each replica tells the same of it."""

import asyncio
from collections import Counter
from functools import partial
from itertools import combinations
from typing import Any

import pytest

from tablecast_demo import documents
from tablecast_demo.session import Session
from tests.end_to_end import job
from tests.replicas.stage import NAMES, Stage
from tests.replicas.watching import Followed, carried_out, feeds, until

pytestmark = pytest.mark.mariadb

UPLOADS = 45
# Fewer than all relays together carry at a time.
HELD = 18
# Twice as long as a relay waits before it looks for what is due.
POLLS_SECONDS = 4.5
RENAME = """
mutation ($input: UpdateProjectInput!) {
  updateProject(input: $input) {
    ... on UpdateProjectPayload { project { id } }
    ... on Error { code message }
  }
}"""
FOLLOW_TITLE = "subscription ($id: ID!) { project(id: $id) { title } }"


async def slots(sessions: list[Session], project: str, number: int = UPLOADS) -> list[str]:
    """Uploads wished for at every replica at once."""

    async def wish(turn: int) -> str:
        made = await sessions[turn % len(sessions)].mutate(
            documents.CREATE_UPLOAD, projectId=project, fileName=f"{turn}.csv", length=9
        )
        return str(made["upload"]["id"])

    return list(await asyncio.gather(*(wish(turn) for turn in range(number))))


def alike(followed: list[Followed]) -> bool:
    """Whether every replica has told as much."""
    return len({len(one.lines) for one in followed}) == 1


async def test_what_is_wished_at_every_replica_is_done_once_and_told_once(
    stage: Stage, sessions: list[Session]
) -> None:
    """A project's whole life: uploads at all three, two trainings, a serving, predictions at each."""
    first = sessions[0]
    made = await first.mutate(documents.CREATE_PROJECT, name="together")
    project = made["project"]["id"]
    async with asyncio.timeout(150), feeds(sessions, project) as followed:
        await job.seen(first, documents.FOLLOW_PROJECT, project, state="READY")
        uploads = await slots(sessions, project)
        version = await job.ready_dataset(sessions[1], project)
        trainings = [
            await job.training(session, version, name=f"by {name}", seed=3)
            for name, session in zip(NAMES[:2], sessions, strict=False)
        ]
        models = [await job.trained_model(sessions[2], each) for each in trainings]
        serving = await job.serving(sessions[2], project, models[0])
        for session in sessions:
            await job.servable(session, serving)
            assert await job.predict(session, serving) == "bee"
        done = await carried_out(sessions[1], project)

        async def told() -> bool:
            return alike(followed) and followed[0].numbers != []

        await until(told, "every replica to tell all")
    of_uploads = [one for one in done if one["noun"] == "UPLOAD" and one["subjectId"] in uploads]
    assert len(of_uploads) == UPLOADS
    assert {(one["tries"], one["lastError"]) for one in of_uploads} == {(1, "")}
    no_two_at_once(stage.notes())
    each_workflow_once(stage.notes(), len(trainings))
    lines_once(followed, {one["id"] for one in done})
    assert "Traceback" not in stage.logs()


def no_two_at_once(notes: list[dict[str, Any]]) -> None:
    """No object was written by two replicas whose calls overlapped; all of them did write."""
    writes = [note for note in notes if note.get("who") in NAMES and "held" not in note]
    assert {note["who"] for note in writes} == set(NAMES)
    by_path: dict[str, list[dict[str, Any]]] = {}
    for note in writes:
        by_path.setdefault(note["path"] if note["name"] else "", []).append(note)
    for path, calls in by_path.items():
        for one, other in combinations(calls, 2):
            apart = one["ended"] <= other["begun"] or other["ended"] <= one["begun"]
            assert apart or one["who"] == other["who"], (path, one, other)


def each_workflow_once(notes: list[dict[str, Any]], trainings: int) -> None:
    """As many Workflows were asked for as there are trainings, and each has one name and UID."""
    made = [note for note in notes if note.get("method") == "POST" and "/workflows" in note["path"]]
    assert [note["status"] for note in made] == [201] * trainings
    assert len({note["uid"] for note in made}) == len({note["name"] for note in made}) == trainings


def lines_once(followed: list[Followed], operations: set[str]) -> None:
    """Every replica told the same, without a gap; what happens once is one line."""
    lines = followed[0].lines
    assert [one.lines for one in followed[1:]] == [lines, lines]
    assert [one.resyncs for one in followed] == [0, 0, 0]
    numbers = followed[0].numbers
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    happened = Counter((line["type"], line["subjectId"], line["message"]) for line in lines)
    once = {key: count for key, count in happened.items() if _is_once(key[0])}
    assert {key: count for key, count in once.items() if count != 1} == {}
    told = {subject for kind, subject, _ in once if kind == "OPERATION_OBSERVED"}
    assert told <= operations
    assert len(told) >= UPLOADS
    assert sum(kind == "TRAINING_TRIAL" for kind, _, _ in once) >= 2


def _is_once(type_: str) -> bool:
    return type_.startswith(("OPERATION_A", "OPERATION_O")) or type_ in {
        "TRAINING_CREATED",
        "TRAINING_FINISHED",
        "TRAINING_TRIAL",
        "MODEL_VERSION_CREATED",
        "DATASET_VERSION_READY",
        "PROJECT_READY",
        "SERVING_CREATED",
    }


async def test_what_one_replica_is_at_no_other_takes(stage: Stage, sessions: list[Session]) -> None:
    """No wish is answered by the cluster for two polls of everybody: each was asked for once."""
    project = await job.project(sessions[0], "disjoint")
    with stage.holding("/proxy/uploads"):
        uploads = await slots(sessions, project, HELD)

        async def all_held() -> bool:
            return len(set(held(stage))) == len(uploads)

        await until(all_held, "every wish to be claimed")
        await asyncio.sleep(POLLS_SECONDS)
        assert len(held(stage)) == len(uploads)
    done = await carried_out(sessions[0], project)
    assert {(one["tries"], one["lastError"]) for one in done} == {(1, "")}
    assert len(held(stage)) == len(uploads)
    assert {note["who"] for note in stage.notes() if note.get("upload")} == set(NAMES)


def held(stage: Stage) -> list[str]:
    """The uploads that datastores were asked for, as often as they were."""
    return [note["upload"] for note in stage.notes() if note.get("upload")]


async def test_a_write_at_one_replica_is_seen_by_who_follows_at_the_others(
    sessions: list[Session],
) -> None:
    """Each writes in turn, and each follower sees each write, long before any look without a signal."""
    made = await sessions[0].mutate(documents.CREATE_PROJECT, name="seen")
    project = made["project"]["id"]
    shown = [""] * len(sessions)

    async def follow(number: int) -> None:
        async for answer in sessions[number].follow(FOLLOW_TITLE, id=project):
            shown[number] = f"title {answer['title']}"

    async def is_shown(title: str) -> bool:
        return all(one == f"title {title}" for one in shown)

    following = [asyncio.create_task(follow(number)) for number in range(len(sessions))]
    try:
        await until(partial(is_shown, "seen"), "every replica to show it", shown)
        for title, session in zip(("a", "b", "c"), sessions, strict=True):
            await session.mutate(RENAME, projectId=project, title=title)
            # A follower that hears nothing looks by itself after 15 s.
            await until(partial(is_shown, title), "every replica to show it", shown, seconds=7)
    finally:
        for task in following:
            task.cancel()
        await asyncio.wait(following)
