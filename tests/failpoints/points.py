"""The table of failpoints: each call site of a seam, and the story in which it is armed.

A point is "before" or "after" one of these. `test_table` fails where src has a site that is not here, where
one here is not in src any more, and where a story does not go through what is said of it.
"""

SIDES = ("before", "after")

# Which site is armed in which story: the quickest that goes through it.
SITES: dict[str, str] = {
    "clients.datastore.DatastoreClient._ask request": "tables",
    "clients.datastore.DatastoreClient.forward request": "tables",
    "clients.datastore.DatastoreClient.healthy request": "tables",
    "clients.inference.InferenceClient.predict request": "servings",
    "clients.inference.InferenceClient.ready request": "adopted model",
    "clients.inference.InferenceClient.refusal request": "broken servings",
    "domain.canaries.promote_canary.act commit": "servings",
    "domain.canaries.roll_back_canary.act commit": "servings",
    "domain.datasets.create_dataset_version.act commit": "tables",
    "domain.datasets.delete_dataset.act commit": "tables",
    "domain.drifts._wish.act commit": "adopted model",
    "domain.members.add_member.act commit": "tables",
    "domain.members.remove_member.act commit": "tables",
    "domain.models.delete_model.act commit": "trainings",
    "domain.models.rename_model.act commit": "trainings",
    "domain.operations._change.act commit": "tables",
    "domain.projects._insert commit": "tables",
    "domain.projects.delete_project.act commit": "tables",
    "domain.projects.update_project.act commit": "tables",
    "domain.servings.create_serving.act commit": "adopted model",
    "domain.servings.delete_serving.act commit": "servings",
    "domain.servings.update_serving.act commit": "servings",
    "domain.trainings.cancel_training.act commit": "trainings",
    "domain.trainings.create_training.act commit": "trainings",
    "domain.trainings.delete_training.act commit": "trainings",
    "domain.trainings.retry_training.act commit": "trainings",
    "domain.uploads.abort_upload.act commit": "tables",
    "domain.uploads.create_upload.act commit": "tables",
    "domain.uploads.expire_unused commit": "housekeeping",
    "domain.uploads.expire_upload commit": "housekeeping",
    "domain.uploads.finish_upload.act commit": "tables",
    "domain.uploads.record_offset commit": "tables",
    "inbound.collector.Collector._read_journals commit": "trainings",
    "inbound.consistency.Consistency._there versions": "tables",
    "inbound.informer.Informer._events watch": "tables",
    "inbound.informer.Informer._list list": "tables",
    "inbound.prober.Prober._give_up commit": "broken servings",
    "inbound.prober.Prober._write commit": "adopted model",
    "inbound.projection.Projection._write_once commit": "tables",
    "inbound.readiness.write commit": "tables",
    "inbound.records._fail commit": "trainings",
    "inbound.records.record commit": "trainings",
    "inbound.versions.write commit": "tables",
    "outbound.claim.claim commit": "tables",
    "outbound.corrections.Corrections._apply apply": "drifts",
    "outbound.datasets._convert commit": "tables",
    "outbound.datasets._fail commit": "tables",
    "outbound.drift._heal commit": "broken servings",
    "outbound.drift._reconcile_pool commit": "broken servings",
    "outbound.findings.record commit": "adopted model",
    "outbound.findings.resolve commit": "adopted model",
    "outbound.findings.tell_corrected commit": "drifts",
    "outbound.housekeeping.Housekeeping._forget_detail.forget commit": "housekeeping",
    "outbound.housekeeping.Housekeeping._forget_upload.forget commit": "housekeeping",
    "outbound.marks.mark commit": "tables",
    "outbound.mending._adopt_model apply": "adopted model",
    "outbound.mending._adopt_workflow apply": "drifts",
    "outbound.mending._recreate apply": "drifts",
    "outbound.objects.delete_all delete": "tables",
    "outbound.objects.found get": "tables",
    "outbound.objects.managed list": "tables",
    "outbound.pools.apply_pool apply": "adopted model",
    "outbound.pools.apply_runtime apply": "adopted model",
    "outbound.projects._apply_namespace apply": "tables",
    "outbound.projects.set_up apply": "tables",
    "outbound.relay.Relay._carry_out mark": "tables",
    "outbound.relay._renewed renew": "tables",
    "outbound.removal._remove_last commit": "tables",
    "outbound.removal.remove_project commit": "tables",
    "outbound.removal.tell_the_end commit": "tables",
    "outbound.revisions.retire commit": "servings",
    "outbound.servings._apply apply": "adopted model",
    "outbound.servings.note_applied commit": "adopted model",
    "outbound.snapshot.Snapshot.unlabelled list": "drifts",
    "outbound.trainings._cancel apply": "trainings",
    "outbound.trainings._cancel commit": "trainings",
    "outbound.trainings._come_too_late commit": "trainings",
    "outbound.trainings._keep_intent commit": "trainings",
    "outbound.trainings._make create": "trainings",
    "outbound.trainings._make get": "drifts",
    "outbound.trainings.lose commit": "trainings",
    "outbound.uploads._turn commit": "tables",
}

# Sites through which no story goes, each with the reason. None, at present.
UNREACHED: dict[str, str] = {}


def points() -> list[str]:
    """Every point that can be armed."""
    return [f"{side} {site}" for site in sorted(SITES) for side in SIDES]


def story_of(point: str) -> str:
    """The story in which a point is armed."""
    return SITES[point.partition(" ")[2]]
