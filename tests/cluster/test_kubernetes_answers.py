"""What an API server says becomes the error that says what to do next, in one sentence."""

import json
from typing import Any

import pytest

from tablecast.cluster.kubernetes.answers import refusal
from tablecast.cluster.port import INFERENCE_SERVICE, WORKFLOW
from tablecast.errors import (
    ClusterBusy,
    ClusterError,
    ClusterRefusal,
    ObjectConflict,
    ObjectExists,
    ObjectMissing,
    Unreachable,
    VersionGone,
)

from .fake_api import status


def error(code: int, message: str = "", reason: str = "", **details: Any) -> ClusterError:
    body = json.dumps(status(code, message, reason, **details)).encode()
    return refusal(code, body, "", INFERENCE_SERVICE)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(error(401, "Unauthorized"), ClusterBusy, id="credentials not taken"),
        pytest.param(error(403, "is forbidden"), ClusterRefusal, id="not allowed"),
        pytest.param(error(404, "not found", name="x"), ObjectMissing, id="no such object"),
        pytest.param(error(404, "no such path"), ClusterRefusal, id="no such kind"),
        pytest.param(error(409, "exists", "AlreadyExists"), ObjectExists, id="name is taken"),
        pytest.param(error(409, "changed", "Conflict"), ObjectConflict, id="changed meanwhile"),
        pytest.param(
            error(422, "immutable", "Invalid", causes=[{"field": "metadata.uid"}]),
            ObjectConflict,
            id="a namesake",
        ),
        pytest.param(error(410, "too old", "Expired"), VersionGone, id="version is gone"),
        pytest.param(error(422, "is invalid", "Invalid"), ClusterRefusal, id="invalid"),
        pytest.param(error(429, "slow down"), ClusterBusy, id="too many requests"),
        pytest.param(error(500, "webhook is away"), ClusterBusy, id="webhook is away"),
        pytest.param(error(503, "starting"), ClusterBusy, id="not ready yet"),
        pytest.param(error(504, "took too long"), ClusterBusy, id="too slow"),
        pytest.param(refusal(502, b"<html>Bad Gateway</html>"), Unreachable, id="a proxy's no"),
        pytest.param(refusal(404, b"<html>nothing here</html>"), Unreachable, id="a proxy's 404"),
        pytest.param(refusal(410, b""), VersionGone, id="410 without words"),
        pytest.param(refusal(429, b""), ClusterBusy, id="429 without words"),
        pytest.param(refusal(401, b"who?"), ClusterBusy, id="401 without words"),
        pytest.param(refusal(500, b'["json", "but no Status"]'), Unreachable, id="other JSON"),
    ],
)
def test_an_answer_is_sorted_by_what_to_do_next(
    told: ClusterError, expected: type[ClusterError]
) -> None:
    assert type(told) is expected
    assert told.message
    assert "\n" not in told.message


def test_a_misspelt_field_is_named_in_one_sentence() -> None:
    told = error(
        400,
        'InferenceService in version "v1beta1" cannot be handled as a InferenceService: strict '
        'decoding error: unknown field "spec.predictorSpec"',
        "BadRequest",
    )
    assert str(told) == 'InferenceService has no field "spec.predictorSpec".'
    assert told.field == "spec.predictorSpec"


def test_a_field_that_an_apply_does_not_know_is_a_refusal_though_the_server_says_500() -> None:
    told = error(
        500,
        "failed to create typed patch object (ns/x; serving.kserve.io/v1beta1, "
        "Kind=InferenceService): .spec.predictorSpec: field not declared in schema",
    )
    assert type(told) is ClusterRefusal
    assert str(told) == 'InferenceService has no field "spec.predictorSpec".'


def test_the_field_of_an_invalid_object_is_named() -> None:
    causes = [{"reason": "FieldValueInvalid", "message": "too long", "field": "metadata.name"}]
    told = error(422, 'ConfigMap "x" is invalid:\n metadata.name', "Invalid", causes=causes)
    assert told.field == "metadata.name"
    assert str(told) == 'ConfigMap "x" is invalid: metadata.name'


def test_a_kind_that_is_not_installed_is_told_with_what_to_do() -> None:
    told = refusal(404, b"404 page not found\n", "", WORKFLOW)
    assert str(told) == (
        "The cluster has no Workflow (argoproj.io/v1alpha1): "
        "install Argo Workflows with its full CRDs."
    )
    assert type(told) is ClusterRefusal


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        pytest.param(error(429, "slow", retryAfterSeconds=7), 7.0, id="in the details"),
        pytest.param(refusal(429, b"", "3"), 3.0, id="in the header"),
        pytest.param(refusal(429, b"", "Wed, 21 Oct 2026 07:28:00 GMT"), 0.0, id="as a date"),
        pytest.param(error(503, "starting"), 0.0, id="not at all"),
    ],
)
def test_how_long_to_wait_is_taken_from_the_answer(told: ClusterError, seconds: float) -> None:
    assert isinstance(told, ClusterBusy)
    assert told.retry_after == seconds
