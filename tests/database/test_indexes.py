"""Indexes: what is asked again and again is served by one, however many rows there are.

EXPLAIN is asked on a MariaDB with tens of thousands of rows, half of them in one project.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tablecast.api.context import Principal
from tablecast.clients.datastore import DatastoreClient
from tablecast.clients.inference import InferenceClient
from tablecast.domain import feed, lineage
from tablecast.domain.database import database
from tablecast.domain.deeds import Asked
from tablecast.domain.feed import Feed
from tablecast.domain.migrations import upgrade
from tablecast.domain.models import delete_model
from tablecast.domain.operations import wake, wake_retries
from tablecast.domain.projects import ProjectChange, delete_project, update_project
from tablecast.domain.tables import Model, Project
from tablecast.domain.uploads import abort_upload, create_upload
from tablecast.inbound.collector import Collector
from tablecast.inbound.kinds import WATCHED
from tablecast.inbound.prober import Prober
from tablecast.inbound.process import forget_gone
from tablecast.inbound.projection import Projection
from tablecast.inbound.signals import Signals
from tablecast.live import Hub, Signal
from tablecast.outbound.claim import claim, release_all, renew
from tablecast.outbound.context import Context
from tablecast.outbound.marks import Busy, mark
from tablecast.outbound.sweep import Sweep
from tablecast.settings import Limits, Settings
from tests.api.world import Api
from tests.database import mariadb
from tests.database.filling import BIG, fill
from tests.database.lists import Listed, lists
from tests.database.plans import Explained, Fault, explained, shape_of
from tests.domain.world import MIGRATIONS
from tests.lacking import lacking
from tests.outbound.fakes import FakeCluster

pytestmark = pytest.mark.mariadb

# A parent as most are: fifty things hang below it, and below those none.
USUAL = f"{50:016}"
ALL_PROJECTS = ("FROM `project` WHERE NOT `state`=?", "FROM `project`")

ROOT = Principal("root", admin=True)
ANN = Principal("ann")

api = Api()
LISTS = list(lists(api.schema._schema))


@pytest.fixture(scope="module")
def server() -> Iterator[mariadb.Server]:
    """A MariaDB that is full."""
    if not mariadb.available():
        lacking("mariadb-server is not installed")
    with mariadb.private_server() as running:
        asyncio.run(upgrade(running.url(), MIGRATIONS))
        running.ask("CREATE USER app; GRANT ALL ON tablecast.* TO app")
        fill(running)
        yield running


@pytest.fixture
async def plans(server: mariadb.Server) -> AsyncIterator[Explained]:
    """What is asked of it, explained."""
    async with explained(server) as plans, database(server.url("app"), MIGRATIONS):
        await plans.statements()
        yield plans


@pytest.mark.slow
async def test_every_list_in_every_order_is_read_by_an_index(plans: Explained) -> None:
    """Its first page and its last one, and pages at either end by cursors; a filter on top."""
    faults = []
    for listed in LISTS:
        await turn_pages(listed)
        faults += await plans.faults()
    assert_no_fault(faults)


async def test_no_page_costs_more_than_another(plans: Explained) -> None:
    """However far from the beginning it is, its rows are read and no others."""
    faults = []
    for listed in LISTS:
        if listed.is_indexed:
            await turn_pages(listed)
            faults += await plans.many_reads()
    assert_no_fault(faults)


async def turn_pages(listed: Listed) -> None:
    """Ask for both ends of a list, and for pages there by cursors, as a member and as an admin."""
    for who in (ANN, ROOT):
        start = await cursors(who, listed, first=2)
        end = await cursors(who, listed, last=2)
        if start and end:
            await cursors(who, listed, first=2, after=start[0])
            await cursors(who, listed, first=2, after=end[0])
            await cursors(who, listed, last=2, before=end[-1])
            await cursors(who, listed, last=2, before=start[-1])


async def cursors(who: Principal, listed: Listed, **way: Any) -> list[str]:
    """The cursors of one page."""
    found = await api.ask(who, listed.document, **listed.variables, **way)
    for name in listed.path:
        found = found[name]
    return [edge["cursor"] for edge in found["edges"]]


async def test_a_claim_and_a_mark_read_no_more_than_is_due(plans: Explained) -> None:
    """However many operations are settled, or wait for a later time."""
    claimed = await claim(8, 30)
    assert len(claimed) == 8
    assert await renew(claimed[0], 30)
    await mark(claimed[0], Busy("not now"))
    await release_all()
    assert_no_fault(await plans.faults())


async def test_who_waits_is_woken_without_a_look_at_what_is_settled(plans: Explained) -> None:
    """A project's, and after an outage everybody's."""
    await wake(BIG)
    await wake_retries()
    assert_no_fault(await plans.faults())


async def test_a_feed_is_tailed_from_its_end(plans: Explained) -> None:
    """By the process, by a subscriber, and by one who asks for the oldest."""
    hub = Hub()
    with hub.subscribe(BIG):
        await Feed(hub, Signal(), 60).publish_new()
    await feed.after(BIG, 29_990)
    await feed.oldest(BIG)
    assert_no_fault(await plans.faults())


async def test_informers_remember_only_what_is_there(plans: Explained) -> None:
    """And what is long gone is found by its age."""
    for watched in WATCHED:
        await Projection(watched, Signals()).remembered()
    await forget_gone(datetime.now(UTC) - timedelta(seconds=29_000))
    assert_no_fault(await plans.faults())


async def test_the_collector_and_the_prober_look_only_at_what_is_under_way(plans) -> None:
    """Each round, twice a second at the most."""
    cluster = FakeCluster()
    settings = Settings(secret="s" * 32)
    datastore = DatastoreClient(cluster, settings.datastore_token, settings.signing_key)
    await Collector(datastore, settings, Signals()).round()
    await Prober(InferenceClient(cluster), settings, Signals()).round()
    assert_no_fault(await plans.faults())


async def test_a_sweep_compares_by_indexes(plans: Explained) -> None:
    """Rows of every project that stands, but of each only what should be there."""
    cluster = FakeCluster()
    settings = Settings(secret="s" * 32)
    datastore = DatastoreClient(cluster, settings.datastore_token, settings.signing_key)
    await Sweep(Context(cluster, datastore, settings)).sweep()
    assert_no_fault(await plans.faults())


async def test_a_mutation_locks_no_more_than_it_changes(plans: Explained) -> None:
    """The last one takes every open operation of a project away from the relay."""
    owner = Asked("ann", admin=True)
    made = await create_upload(owner, BIG, "a.csv", 1, None, Limits())
    await abort_upload(owner, made.row.id)
    await update_project(owner, BIG, ProjectChange(title="Big"))
    await lineage.impact_of(USUAL)
    await lineage.users_of_dataset(USUAL)
    model = await Model.filter(project_id=BIG).order_by("-id").first()
    await delete_model(owner, model.id, cascade=True)
    await delete_project(owner, BIG, (await Project.get(id=BIG)).name)
    assert_no_fault(await plans.faults())


def assert_no_fault(faults: list[Fault]) -> None:
    """None, but for the reading of all projects by what looks after each of them."""
    told = [str(fault) for fault in faults if not shape_of(fault.statement).endswith(ALL_PROJECTS)]
    assert not told, "\n".join(told)
