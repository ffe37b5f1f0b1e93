"""The main job, whole: what README promises, seen by whoever runs it."""

import json
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_the_demo_does_the_main_job_and_tells_it_in_one_line_of_json(tmp_path):
    """Upload, three steps, serving, predictions; exit status 0 only because all of it happened."""
    done = subprocess.run(
        [sys.executable, "-m", "tablecast", "demo", "--once", "--state", str(tmp_path / "state")],
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout.strip().splitlines()[-1])
    assert report.keys() == {"rows", "steps", "metric", "predictions", "seconds"}
    assert report["rows"] == 333
    assert [step["name"] for step in report["steps"]] == ["preprocess", "features", "train"]
    assert report["metric"]["value"] > 0.9
    assert report["predictions"] == 11


def test_a_job_that_cannot_happen_exits_with_1_and_says_why():
    """No server answers at the address given."""
    done = subprocess.run(
        [sys.executable, "-m", "tablecast", "demo", "--once", "--url", "http://127.0.0.1:9"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "Nothing answers at http://127.0.0.1:9" in done.stdout
