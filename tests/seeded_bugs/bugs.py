"""The list: what is edited, what that breaks, and the tests that catch it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bug:
    """`old` stands once in `file`, which is below src/tablecast. `caught_by` are pytest's own names of tests
    below tests/, or the words of one of our own commands."""

    file: str
    old: str
    new: str
    breaks: str
    caught_by: tuple[str, ...]

    @property
    def name(self) -> str:
        """How it is told of."""
        return f"{self.file}: {self.breaks}"


CLAIM, RELAY = "outbound/test_claim.py", "outbound/test_relay.py"
TRAININGS, DEEDS = "outbound/test_trainings.py", "domain/test_deeds.py"
ATTEMPTS, INFORMER = "inbound/test_attempts.py", "inbound/test_informer.py"

BUGS = (
    Bug(
        "outbound/claim.py",
        "update(lease_token=token, lease_until=until)",
        "update(lease_token=token)",
        "what another holds is claimed as well",
        (f"{CLAIM}::test_two_claims_never_share_an_operation",),
    ),
    Bug(
        "outbound/claim.py",
        "if len(chosen) < limit and subject not in busy:",
        "if len(chosen) < limit:",
        "two operations of one subject are carried out side by side",
        (f"{CLAIM}::test_a_subject_has_one_operation_under_way",),
    ),
    Bug(
        "outbound/claim.py",
        "id=operation.id, lease_token=operation.lease_token, state__in=OPEN)",
        "id=operation.id, state__in=OPEN)",
        "a lease that another has now is renewed",
        (f"{CLAIM}::test_a_lease_is_renewed_by_who_holds_it_and_by_nobody_else",),
    ),
    Bug(
        "outbound/marks.py",
        "if operation is None or operation.lease_token != claimed.lease_token:",
        "if operation is None:",
        "a relay that woke late marks what another holds",
        (
            f"{CLAIM}::test_a_relay_woken_after_its_lease_ran_out_writes_no_stale_mark",
            f"{CLAIM}::test_a_stale_mark_does_not_end_the_lease_of_whoever_has_it_now",
        ),
    ),
    Bug(
        "outbound/marks.py",
        "        if operation.state in OPEN:\n",
        "        if operation.state:\n",
        "how it went is written over SUPERSEDED",
        (f"{CLAIM}::test_how_a_superseded_operation_went_is_not_written_over_it",),
    ),
    Bug(
        "outbound/marks.py",
        "_in(0 if woken else result.seconds)",
        "_in(result.seconds)",
        "a wake while the handler looks is lost",
        (f"{RELAY}::test_a_wake_while_the_handler_looks_is_not_lost",),
    ),
    Bug(
        "outbound/marks.py",
        "if result.observed or await observed_already(operation):",
        "if result.observed:",
        "what was seen before the mark stays APPLIED for ever",
        (f"{RELAY}::test_an_effect_seen_before_the_mark_counts",),
    ),
    Bug(
        "outbound/relay.py",
        "return Busy(exc.message, exc.retry_after)",
        "return Busy(exc.message)",
        "a cluster that asks for patience gets none",
        (f"{RELAY}::test_the_clusters_own_wish_to_wait_is_respected",),
    ),
    Bug(
        "outbound/relay.py",
        "except ClusterRefusal as exc:\n            return No(exc.message)",
        "except ClusterRefusal as exc:\n            return Busy(exc.message)",
        "what is refused is tried for ever and never parked",
        (f"{RELAY}::test_a_refusal_is_parked_after_three_tries_and_visible",),
    ),
    Bug(
        "outbound/trainings.py",
        "manifest = operation.intent or await _keep_intent",
        "manifest = await _keep_intent",
        "each try sends another manifest",
        (f"{TRAININGS}::test_the_manifest_is_the_same_however_often_it_is_sent",),
    ),
    Bug(
        "outbound/trainings.py",
        'if label(there, "operation") != operation.id:',
        "if not there:",
        "somebody else's Workflow is taken for ours",
        (f"{TRAININGS}::test_a_workflow_of_somebody_else_under_its_name_is_not_taken_for_ours",),
    ),
    Bug(
        "outbound/trainings.py",
        "    if attempt.workflow_uid:\n        return await _look_after(attempt, project, context)\n",
        "",
        "a Workflow that vanished is made again",
        (f"{TRAININGS}::test_a_workflow_that_vanished_is_lost_and_never_made_again",),
    ),
    Bug(
        "outbound/trainings.py",
        "    if await _record(attempt, uid):\n",
        "    if await _record(attempt, uid) or uid:\n",
        "what a stale relay made stays, and runs",
        (f"{TRAININGS}::test_what_a_relay_makes_too_late_is_removed_at_once_and_never_counts",),
    ),
    Bug(
        "outbound/removal.py",
        ".exclude(making | ending)",
        ".exclude(making)",
        "a project that goes takes its own deletion with it",
        ("outbound/test_going.py::test_a_deletion_asked_for_once_more_meanwhile_is_carried_out",),
    ),
    Bug(
        "outbound/datasets.py",
        "if version.state == DatasetVersionState.FAILED and not await observed_already(operation):",
        "if version is None:",
        "a failed table whose relay died before its mark stays APPLIED for ever",
        ("failpoints kill 'after outbound.datasets._fail commit'",),
    ),
    Bug(
        "inbound/projection.py",
        "if sighting.gone or is_newer(sighting.resource_version, seen.version):",
        "if sighting.gone:",
        "an old event undoes a newer one",
        ("inbound/test_servings.py::test_an_old_event_of_a_pod_changes_nothing",),
    ),
    Bug(
        "inbound/projection.py",
        "if sighting.gone or is_newer(sighting.resource_version, seen.version):",
        "if is_newer(sighting.resource_version, seen.version):",
        "what is gone comes back by a late event",
        (f"{ATTEMPTS}::test_what_is_gone_stays_gone_whatever_comes_late",),
    ),
    Bug(
        "inbound/attempts.py",
        "        if not await _made_by_us(attempt, sighting):\n            return False\n",
        "",
        "what a hand made under our name speaks for the attempt",
        (f"{ATTEMPTS}::test_a_workflow_by_hand_is_not_taken_for_the_one_that_is_waited_for",),
    ),
    Bug(
        "inbound/attempts.py",
        "if one.finished or (one in _ORDER and other in _ORDER and _before(other, one)):",
        "if one in _ORDER and other in _ORDER and _before(other, one):",
        "a verdict is taken back",
        (f"{ATTEMPTS}::test_a_verdict_stands_when_its_workflow_is_cleared_away",),
    ),
    Bug(
        "inbound/picture.py",
        "return AttemptState.CANCELLED if workflow.shutdown else AttemptState.FAILED",
        "return AttemptState.FAILED",
        "what was cancelled is shown as failed",
        (f"{ATTEMPTS}::test_every_recording_comes_to_its_truth",),
    ),
    Bug(
        "inbound/records.py",
        "    model.versions += 1\n",
        "",
        "a model's next version has its last one's number",
        (
            "inbound/test_collector.py::test_a_succeeded_attempts_model_becomes_the_models_next_version",
        ),
    ),
    Bug(
        "inbound/informer.py",
        "if uid not in present and not is_newer(seen, listing.resource_version):",
        "if uid not in present:",
        "a list from a stale cache deletes what was just made",
        (f"{INFORMER}::test_a_list_older_than_what_was_seen_deletes_nothing",),
    ),
    Bug(
        "inbound/informer.py",
        "            self._deliver(Gone(uid, event.object))\n",
        "",
        "nobody hears of what is deleted",
        (f"{INFORMER}::test_it_lists_then_watches_from_there_and_follows_events",),
    ),
    Bug(
        "inbound/consistency.py",
        "return newer | gone",
        "return newer",
        "a deletion that a watch lost is never found out",
        ("inbound/test_consistency.py::test_what_is_newer_missing_or_unknown_was_not_heard",),
    ),
    Bug(
        "domain/feed.py",
        "query = Event.filter(project_id=project_id, sequence__gt=sequence)",
        "query = Event.filter(project_id=project_id, sequence__gte=sequence)",
        "who goes on from a number is told a line again",
        ("domain/test_feed.py::test_the_feed_is_read_on_from_a_number",),
    ),
    Bug(
        "domain/retrying.py",
        "if time.monotonic() >= until:",
        "if until:",
        "a deadlock's victim gets the database's error",
        (f"{DEEDS}::test_what_a_fault_undid_is_done_again",),
    ),
    Bug(
        "domain/deeds.py",
        "elif operation.fingerprint != asked.fingerprint:",
        "elif operation.fingerprint is None:",
        "another request under a used key gets the first one's answer",
        (f"{DEEDS}::test_another_payload_under_the_same_key_is_a_conflict",),
    ),
    Bug(
        "domain/deeds.py",
        "older.filter(unsettled | parked)",
        "older.filter(unsettled)",
        "a parked wish comes back after a newer one",
        (f"{DEEDS}::test_a_newer_wish_takes_the_place_of_a_parked_one",),
    ),
    Bug(
        "domain/deeds.py",
        "        await open_deed.number_events()\n    if",
        "        pass\n    await open_deed.number_events()\n    if",
        "lines are told of what was not committed with them",
        (f"{DEEDS}::test_failing_events_leave_no_row_behind",),
    ),
)
