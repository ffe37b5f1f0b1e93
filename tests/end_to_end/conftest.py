"""A machine for each test that breaks it, and one shared by those that only use it."""

import asyncio

import pytest

from tablecast_demo.session import Session
from tests.end_to_end import job
from tests.end_to_end.garbage import VIEWER
from tests.end_to_end.machine import Machine
from tests.end_to_end.people import Person


@pytest.fixture
def machine(tmp_path):
    """A machine of the test's own, started; nothing of it is left afterwards."""
    yield from _started(Machine(tmp_path / "state"))


@pytest.fixture(scope="module")
def shared_machine(tmp_path_factory):
    """A machine that a module's tests share."""
    yield from _started(Machine(tmp_path_factory.mktemp("shared") / "state"))


@pytest.fixture(scope="module")
def person(shared_machine):
    """Somebody who asks the shared machine by hand and may do everything."""
    anybody = Person(shared_machine.url)
    yield anybody
    anybody.close()


@pytest.fixture(scope="module")
def begun(shared_machine):
    """A project with a dataset and a training on its way: ids by the name of their type."""

    async def made():
        async with asyncio.timeout(60), Session(shared_machine.url) as session:
            return await job.begun(session, "begun")

    return asyncio.run(made())


@pytest.fixture(scope="module")
def whole(shared_machine):
    """A whole main job: ids by the name of their type."""

    async def made():
        async with asyncio.timeout(120), Session(shared_machine.url) as session:
            return await job.whole(session, "whole")

    return asyncio.run(made())


@pytest.fixture
def unharmed(shared_machine, person):
    """After the test the same process answers, and nothing went wrong on its side."""
    before, told = shared_machine.pid, len(shared_machine.log())
    yield
    assert shared_machine.pid == before
    assert person.ask(VIEWER) == {"data": {"viewer": {"subject": "developer"}}}
    said = shared_machine.log()[told:]
    assert "Traceback" not in said, said
    assert '"level":"ERROR"' not in said, said


def _started(machine):
    machine.start()
    try:
        yield machine
    finally:
        machine.kill()
