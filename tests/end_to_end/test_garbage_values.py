"""Names, rows and links that are none: refused in words by whatever takes one."""

import json

import httpx
import pytest

from tests.end_to_end import job, schema_walk
from tests.end_to_end.garbage import JSON, refused, sound

pytestmark = pytest.mark.usefixtures("unharmed")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param("   ", id="blank"),
        pytest.param("a\x07b", id="a bell"),
        pytest.param("a\x1b[31mb", id="an escape"),
        pytest.param("a\nb", id="a line break"),
        pytest.param("a\0b", id="NUL"),
        pytest.param("\u202egnp.exe", id="right to left"),
        pytest.param("a\u200bb", id="zero width"),
        pytest.param("x" * 300, id="300 characters"),
        pytest.param("🦋" * 300, id="300 emoji"),
    ],
)
def test_what_cannot_be_a_name_is_refused_by_whatever_takes_one(person, whole, name):
    """Typed errors that name the field."""
    refusals = {"INVALID_NAME", "OUT_OF_RANGE", "INVALID_TEXT"}
    for mutation, given, field in (
        ("createProject", {"name": name}, "name"),
        (
            "createUpload",
            {"projectId": whole["Project"], "fileName": name, "length": 1},
            "fileName",
        ),
        ("createDatasetVersion", {"uploadId": whole["Upload"], "name": name}, "name"),
        ("renameModel", {"modelId": whole["Model"], "name": name}, "name"),
        (
            "createServing",
            {
                "projectId": whole["Project"],
                "modelVersionId": whole["ModelVersion"],
                "name": name,
            },
            "name",
        ),
        (
            "createTraining",
            {
                "datasetVersionId": whole["DatasetVersion"],
                "name": name,
                "target": job.TARGET,
            },
            "name",
        ),
    ):
        told = sound(schema_walk.mutate(person, mutation, given))["data"][mutation]
        assert told["__typename"] == "InvalidInputError", (mutation, told)
        assert (told["code"] in refusals, told["field"]) == (True, field), (mutation, told)


def test_a_name_of_emoji_is_a_name_like_another(person, whole):
    """A model is renamed and read back as it was said."""
    name = "🦋 Schmetterling “naïve” ✓"
    told = sound(
        schema_walk.mutate(person, "renameModel", {"modelId": whole["Model"], "name": name})
    )
    assert told["data"]["renameModel"]["__typename"] == "RenameModelPayload"
    query = "query ($id: ID!) { model(id: $id) { name } }"
    assert person.ask(query, id=whole["Model"])["data"]["model"]["name"] == name


ROWS = [
    pytest.param("[]", "NO_ROWS", id="no row"),
    pytest.param("[1]", "ROWS_REFUSED", id="a number"),
    pytest.param("[[[[[1]]]]]", "ROWS_REFUSED", id="lists"),
    pytest.param("[{}]", "ROWS_REFUSED", id="an empty row"),
    pytest.param('{"__proto__": {}}', "ROWS_REFUSED", id="an object"),
    pytest.param('[{"size": NaN, "weight": 1, "colour": "red"}]', "MALFORMED", id="NaN"),
    pytest.param('[{"size": 1e999, "weight": 1, "colour": "red"}]', "MALFORMED", id="1e999"),
    pytest.param('[{"size": 1e308, "weight": -1e308, "colour": 1}]', "ROWS_REFUSED", id="1e308"),
    pytest.param(
        f'[{{"size": {"9" * 400}, "weight": 1, "colour": "red"}}]', "MALFORMED", id="400 digits"
    ),
    pytest.param('[{"size": [1], "weight": {}, "colour": [[]]}]', "ROWS_REFUSED", id="nested"),
    pytest.param('[{"size": true, "weight": 1, "colour": "red"}]', "ROWS_REFUSED", id="true"),
    pytest.param(
        '[{"size": 1, "weight": 1, "colour": "\\ud800"}]', "MALFORMED", id="half a character"
    ),
    pytest.param(f"[{','.join(['{}'] * 1_001)}]", "LIMIT_REACHED", id="1,001 rows"),
    pytest.param(
        "[{" + ",".join(f'"c{n}": 1' for n in range(30_000)) + "}]", "ROWS_REFUSED", id="wide"
    ),
    pytest.param('[{"size": 1, "weight": 1, "colour": "\\u0000🦋"}]', "", id="an odd colour"),
    pytest.param(
        '[{"size": 18446744073709551616, "weight": -0.0, "colour": null}]', "", id="large numbers"
    ),
    pytest.param('[{"size": 1e-320, "weight": null, "colour": ""}]', "", id="small and missing"),
]


@pytest.mark.parametrize(("rows", "code"), ROWS)
def test_rows_that_do_not_fit_are_refused_and_odd_ones_predicted(person, whole, rows, code):
    """With a code, "" where the row is odd and still a row."""
    body = f'{{"query": {json.dumps(schema_walk.PREDICT)}, "variables": {{"input": {{'
    body += f'"servingId": "{whole["Serving"]}", "rows": {rows}}}}}}}'
    answer = person.http.post("/graphql", content=body.encode(), headers=JSON)
    told = sound(answer)
    if code == "MALFORMED":
        assert refused(answer) == [code]
    elif code:
        assert told["data"]["predict"]["code"] == code
    else:
        assert told["data"]["predict"]["predictions"][0]["prediction"] in ("ant", "bee")


def test_paths_of_a_real_download_lead_nowhere_else(person, whole):
    """Its signature is for one file of one project: no other path, time or signature will do."""
    query = "query ($id: ID!) { modelVersion(id: $id) { download { url } } }"
    asked_for = person.ask(query, id=whole["ModelVersion"])["data"]["modelVersion"]
    url = httpx.URL(asked_for["download"]["url"])
    assert person.http.get(url).status_code == 200
    for changed in (
        url.copy_merge_params({"sig": "0" * 64}),
        url.copy_merge_params({"sig": "🦋"}),
        url.copy_merge_params({"sig": ""}),
        url.copy_merge_params({"expires": "0"}),
        url.copy_merge_params({"expires": "-1"}),
        url.copy_merge_params({"expires": "٣"}),
        url.copy_merge_params({"expires": "9" * 400}),
        url.copy_with(query=None),
        url.copy_with(raw_path=url.raw_path.replace(b"?", b"/%2e%2e?")),
        url.copy_with(raw_path=url.raw_path.replace(b"?", b"%00?")),
        url.copy_with(path=url.path.replace("models", "uploads")),
        url.copy_with(raw_path=url.raw_path.replace(b"models/", b"models/%2e%2e/models/")),
    ):
        answer = person.http.get(changed)
        assert answer.status_code in {400, 403, 404}, (changed, answer.status_code)
    for spans in ("bytes=9999999999-", "bytes=-0", "bytes=x", "lines=1-2", "bytes=5-1"):
        assert person.http.get(url, headers={"Range": spans}).status_code in {200, 206, 416}
