"""Every recorded Workflow comes to its truth, however an informer came to hear of it."""

import itertools
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tablecast.inbound.changes import Change
from tablecast.inbound.picture import RANKS, AttemptPicture
from tests.inbound.folding import Kept, fold
from tests.inbound.recordings import Recorded, events, labelled, relisted, standing
from tests.inbound.truths import TRUTHS, Truth

RECORDED = sorted(TRUTHS)
RELAXED = settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))


def recording(name: str) -> list[Recorded]:
    return labelled(events(name), {})


def truth_of(picture: AttemptPicture) -> Truth:
    failed = next((step for step in picture.steps if step.state == "FAILED"), None)
    return Truth(
        state=picture.state,
        steps=tuple(str(step.state) for step in picture.steps),
        code=picture.error["code"] if picture.error else None,
        exit_code=failed.exit_code if failed else None,
    )


def assert_truth(name: str, picture: AttemptPicture) -> None:
    wanted, found = TRUTHS[name], truth_of(picture)
    assert found[:3] == wanted[:3]
    if wanted.exit_code is not None:
        assert found.exit_code == wanted.exit_code


@pytest.mark.parametrize("name", RECORDED)
def test_in_the_order_recorded(name: str) -> None:
    assert_truth(name, fold((one.kind, one.change) for one in recording(name)))


@pytest.mark.parametrize("name", RECORDED)
def test_cut_at_any_line_and_listed_again_after_the_rest(name: str) -> None:
    whole = recording(name)
    for cut in range(len(whole) + 1):
        picture = fold(relisted(whole[:cut], whole[cut:]))
        if _could_see_the_end(whole, whole[:cut]):
            assert_truth(name, picture)
        else:
            assert picture.state in ("LOST", "RECORDING", "PENDING")


@pytest.mark.parametrize("name", RECORDED)
def test_begun_in_the_middle_with_a_list(name: str) -> None:
    whole = recording(name)
    for start in range(len(whole) + 1):
        listed = list(standing(whole[:start]).values())
        if not any(one.kind == "Workflow" for one in [*listed, *whole[start:]]):
            continue
        told = [(one.kind, one.change) for one in [*listed, *whole[start:]]]
        assert_truth(name, fold(told))


@pytest.mark.parametrize("name", RECORDED)
def test_with_a_gap_closed_by_a_list(name: str) -> None:
    whole = recording(name)
    for begin, end in itertools.combinations(range(0, len(whole) + 1, 3), 2):
        told = relisted(whole[:begin], whole[begin:end])
        told += [(one.kind, one.change) for one in whole[end:]]
        if _could_see_the_end(whole, [*whole[:begin], *whole[end:]]):
            assert_truth(name, fold(told))


@pytest.mark.parametrize("name", RECORDED)
@RELAXED
@given(seed=st.integers(0, 2**32))
def test_kinds_watched_apart_and_events_told_twice(name: str, seed: int) -> None:
    """Each kind has its own watch and each object its own worker: only an object's order is sure."""
    told = _as_heard(recording(name), random.Random(seed))
    assert_truth(name, fold(told))


@pytest.mark.parametrize("name", RECORDED)
@RELAXED
@given(seed=st.integers(0, 2**32))
def test_no_state_ever_goes_backwards(name: str, seed: int) -> None:
    kept, ranks = Kept(), [0, 0, 0]
    for kind, change in _as_heard(recording(name), random.Random(seed)):
        kept.take(kind, change)
        new = [RANKS[step.state] for step in kept.picture().steps]
        assert all(one >= before for one, before in zip(new, ranks, strict=True))
        ranks = new


@pytest.mark.parametrize("name", RECORDED)
@RELAXED
@given(seed=st.integers(0, 2**32))
def test_the_same_facts_give_the_same_picture_in_any_order(name: str, seed: int) -> None:
    newest: dict[str, Recorded] = {one.uid: one for one in recording(name)}
    told = [(one.kind, one.change) for one in newest.values()]
    once = fold(told)
    random.Random(seed).shuffle(told)
    assert fold([*told, *told]) == once


def test_a_step_that_runs_is_told_by_its_pod_before_its_workflow_ever_does() -> None:
    whole = recording("success")
    running = next(
        index
        for index, one in enumerate(whole)
        if one.kind == "Pod" and one.object["status"].get("phase") == "Running"
    )
    told = [(one.kind, one.change) for one in whole[: running + 1]]
    assert fold(told).steps[0].state == "RUNNING"
    assert fold(told).steps[0].started_at == "2026-11-23T22:37:48Z"


def test_a_pod_whose_containers_have_all_ended_well_is_done_before_its_phase_says_so() -> None:
    whole = recording("success")
    ended = next(
        one
        for one in whole
        if one.kind == "Pod"
        and "terminated" in repr(one.object["status"].get("containerStatuses"))
        and one.object["status"]["phase"] == "Running"
    )
    upto = whole.index(ended) + 1
    assert fold((one.kind, one.change) for one in whole[:upto]).steps[0].state == "SUCCEEDED"


def test_a_failed_pod_that_is_tried_again_does_not_fail_its_step() -> None:
    whole = recording("retried")
    failed = _first_failed(whole)
    step = fold((one.kind, one.change) for one in whole[: failed + 1]).steps[1]
    assert (step.state, step.exit_code) == ("RUNNING", 1)
    assert step.error is not None
    last = fold((one.kind, one.change) for one in whole).steps[1]
    assert (last.state, last.exit_code, last.error) == ("SUCCEEDED", 0, None)


@pytest.mark.parametrize(
    ("name", "step", "code", "words"),
    [
        ("quota", 0, "QUOTA", "exceeded quota: quota, requested: limits.memory=640Mi"),
        ("unschedulable", 0, "UNSCHEDULABLE", "didn't match Pod's node affinity"),
        ("volume-missing", 0, "VOLUME", 'persistentvolumeclaim "nowhere" not found'),
        ("image-missing", 1, "IMAGE_PULL", 'image "example/not-there:1"'),
    ],
)
def test_what_a_step_waits_for_is_told_in_the_clusters_words(
    name: str, step: int, code: str, words: str
) -> None:
    kept, blocks = Kept(), []
    for one in recording(name):
        kept.take(one.kind, one.change)
        if (block := kept.picture().steps[step].block) is not None:
            blocks.append(block)
    assert {block["code"] for block in blocks} == {code}
    assert any(words in block["message"] for block in blocks)
    assert kept.picture().steps[step].block is None


def test_a_replaced_pods_step_shows_the_newest_pod() -> None:
    whole = recording("pod-deleted")
    train = [
        one for one in whole if one.kind == "Pod" and "train" in one.object["metadata"]["name"]
    ]
    uids = list(dict.fromkeys(one.uid for one in train))
    assert len(uids) == 2
    assert fold((one.kind, one.change) for one in whole).steps[2].pod_uid == uids[1]


def _first_failed(whole: list[Recorded]) -> int:
    return next(
        index
        for index, one in enumerate(whole)
        if one.kind == "Pod" and one.object["status"].get("phase") == "Failed"
    )


def _could_see_the_end(whole: list[Recorded], heard: list[Recorded]) -> bool:
    """Whether the Workflow's end was heard, or can still be listed."""
    ended = [
        one
        for one in heard
        if one.kind == "Workflow" and (one.object.get("status") or {}).get("finishedAt")
    ]
    still_there = any(one.kind == "Workflow" for one in standing(whole).values())
    known = any(one.kind == "Workflow" for one in heard)
    deleted_early = not any(
        one.kind == "Workflow" and (one.object.get("status") or {}).get("finishedAt")
        for one in whole
    )
    return bool(ended) or still_there or (deleted_early and known)


def _as_heard(whole: list[Recorded], chance: random.Random) -> list[tuple[str, Change]]:
    """Objects' streams interleaved at random, some events left out, some told again later."""
    streams: dict[str, list[Recorded]] = {}
    for one in whole:
        streams.setdefault(one.uid, []).append(one)
    queues = [_thinned(stream, chance) for stream in streams.values()]
    told: list[tuple[str, Change]] = []
    while any(queues):
        queue = chance.choice([one for one in queues if one])
        one = queue.pop(0)
        told.append((one.kind, one.change))
        if told and chance.random() < 0.2:
            told.append(chance.choice(told))
    return told


def _thinned(stream: list[Recorded], chance: random.Random) -> list[Recorded]:
    return [one for one in stream[:-1] if chance.random() < 0.8] + stream[-1:]
