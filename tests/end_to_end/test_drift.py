"""A whole main job under a sweep that looks all the time: it finds nothing, and changes nothing."""

import asyncio

from tablecast_demo.session import Session
from tests.end_to_end import job
from tests.end_to_end.machine import Machine
from tests.end_to_end.people import Person

SEEN = """
query ($id: ID!) {
  clusterDrift { nodes { kind name reason } }
  project(id: $id) {
    clusterDrift { nodes { kind name } }
    events(first: 100) { nodes { type message } }
  }
}"""
# Sweeps while the job goes on, and a few after it.
SWEEP_SECONDS = 0.2
AFTER_SECONDS = 3.0


async def test_a_job_that_nobody_lays_a_hand_on_is_never_adrift(tmp_path):
    machine = Machine(tmp_path / "state", TABLECAST_SWEEP_SECONDS=str(SWEEP_SECONDS))
    machine.start()
    try:
        async with asyncio.timeout(120), Session(machine.url) as session:
            ids = await job.whole(session, "calm")
            await asyncio.sleep(AFTER_SECONDS)
        person = Person(machine.url)
        seen = person.ask(SEEN, id=ids["Project"])["data"]
        person.close()
        told = [each for each in seen["project"]["events"]["nodes"] if "DRIFT" in each["type"]]
        assert (told, seen["clusterDrift"]["nodes"]) == ([], [])
        assert seen["project"]["clusterDrift"]["nodes"] == []
        said = machine.log()
        assert "put right" not in said, said
        assert "Traceback" not in said, said
    finally:
        machine.kill()
