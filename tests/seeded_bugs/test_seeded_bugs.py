"""A test that no bug makes fail is none: each of a list of small wrong edits is caught by some test.

Applied to a copy of src, one after the other; the tests run against the copy.
"""

import os
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import tablecast
from tests.seeded_bugs.bugs import BUGS, Bug

SRC = Path(tablecast.__file__).parents[1]
ROOT = Path(__file__).parents[2]
AT_ONCE = 2
LONGEST_SECONDS = 120
FAILED = 1
# By pytest of a test, and by our own command of a trial, and by neither where it did not come to that.
SAID = (" failed", " | -")
# On SQLite alone: what needs another database is no fast test.
PYTEST = ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", "not mariadb", "--no-header")


def _copied(folder: Path) -> Path:
    shutil.copytree(SRC, folder, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    return folder


def _run(src: Path, words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(src), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        cwd=ROOT,
        env=environment,
    )


def _commands(tests: tuple[str, ...]) -> list[tuple[str, ...]]:
    """One of pytest for its tests, and each of our own."""
    named = [f"tests/{test}" for test in tests if "::" in test]
    own = [shlex.split(f"-m tests.{test}") for test in tests if "::" not in test]
    return ([(*PYTEST, *named)] if named else []) + [tuple(words) for words in own]


def _edited(bug: Bug, folder: Path) -> Path:
    src = _copied(folder)
    path = src / "tablecast" / bug.file
    path.write_text(path.read_text().replace(bug.old, bug.new))
    return src


def _escape(bug: Bug, folder: Path) -> str:
    """What no test caught, "" where one did."""
    try:
        src = _edited(bug, folder)
        for command in _commands(bug.caught_by):
            ended = _run(src, command)
            if ended.returncode == FAILED and any(word in ended.stdout for word in SAID):
                return ""
        return f"{bug.name}\n{ended.stdout[-1_000:]}{ended.stderr[-1_000:]}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_what_is_edited_is_there_once(bug: Bug) -> None:
    """Else the edit would change nothing, or more than it says."""
    assert (SRC / "tablecast" / bug.file).read_text().count(bug.old) == 1


@pytest.mark.slow
def test_each_bug_is_caught_and_without_it_no_test_fails(tmp_path: Path) -> None:
    """The same tests pass on a copy that was not edited."""
    src = _copied(tmp_path / "as it is")
    tests = tuple(dict.fromkeys(test for bug in BUGS for test in bug.caught_by))
    for command in _commands(tests):
        ended = _run(src, command)
        assert ended.returncode == 0, ended.stdout[-3_000:] + ended.stderr[-3_000:]
    folders = [tmp_path / str(number) for number in range(len(BUGS))]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        escaped = [found for found in pool.map(_escape, BUGS, folders) if found]
    assert not escaped, "\n".join(escaped)
