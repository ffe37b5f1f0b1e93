"""The command line, as somebody who types it sees it: one sentence for a mistake, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def tablecast(*words, cwd=ROOT, **environment):
    """Run the command line; the environment has none of our settings but those given."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("TABLECAST_")}
    return subprocess.run(
        [sys.executable, "-m", "tablecast", *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        env=clean | environment,
    )


def test_help_names_every_command():
    """Without words it explains itself."""
    shown = tablecast("--help").stdout
    for command in ("serve", "dev", "migrate", "schema", "token", "settings", "demo"):
        assert command in shown


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        pytest.param(["serve"], {}, "TABLECAST_SECRET", id="no secret"),
        pytest.param(["serve"], {"TABLECAST_PORT": "x"}, "TABLECAST_PORT", id="no number"),
        pytest.param(
            ["serve"], {"TABLECAST_SECRET": "s" * 32}, "TABLECAST_CLUSTER=embedded", id="no cluster"
        ),
        pytest.param(["migrate"], {}, "SQLite needs no migrations", id="migrate SQLite"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(words, environment, said, tmp_path):
    """The sentence names what to set; the exit status is 1."""
    done = tablecast(*words, cwd=tmp_path, **environment)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_told_with_the_way_out(tmp_path):
    """Another server listens there."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        done = tablecast("dev", "--state", str(tmp_path), "--port", port)
    assert done.returncode == 1
    assert "choose another port" in " ".join(done.stderr.split())


def test_the_committed_schema_is_the_codes():
    """schema.graphql was written by `make schema` after the last change."""
    assert tablecast("schema").stdout == (ROOT / "schema.graphql").read_text()


def test_every_setting_is_explained():
    """Each has a default and a sentence with its unit or reason."""
    lines = tablecast("settings").stdout.splitlines()
    names, reasons = lines[0::2], lines[1::2]
    assert any(line.startswith("TABLECAST_DATABASE ") for line in names)
    assert any(line.startswith("TABLECAST_LIMIT_PREDICT_ROWS ") for line in names)
    assert all(len(reason.strip()) > 10 and reason.strip() != "None" for reason in reasons)


def test_tables_of_another_version_are_refused_and_left_alone(tmp_path):
    """An SQLite file that this program did not make stays as it is."""
    import sqlite3

    path = tmp_path / "tablecast.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE precious (id INTEGER)")
    before = path.read_bytes()
    done = tablecast("dev", "--state", str(tmp_path), "--port", "0")
    assert done.returncode == 1
    assert "another version" in " ".join(done.stderr.split())
    assert path.read_bytes() == before
