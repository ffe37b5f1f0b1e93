"""A machine for each test that breaks it, and one shared by those that only use it."""

import pytest

from tests.end_to_end.machine import Machine


@pytest.fixture
def machine(tmp_path):
    """A machine of the test's own, started; nothing of it is left afterwards."""
    yield from _started(Machine(tmp_path / "state"))


@pytest.fixture(scope="module")
def shared_machine(tmp_path_factory):
    """A machine that a module's tests share."""
    yield from _started(Machine(tmp_path_factory.mktemp("shared") / "state"))


def _started(machine):
    machine.start()
    try:
        yield machine
    finally:
        machine.kill()
