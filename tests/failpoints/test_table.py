"""The table of failpoints names each place at which something can go wrong, and no other."""

import pytest

from tests.failpoints.points import SITES, UNREACHED, points
from tests.failpoints.proofs import unarmed
from tests.failpoints.seams import sites, sites_of
from tests.failpoints.told import STORIES
from tests.simulation import rows


def test_each_call_site_of_a_seam_has_its_points_and_each_point_a_site() -> None:
    """A new commit, cluster call or mark needs a line in the table, and a story that goes through it."""
    assert sites() == SITES.keys() | UNREACHED.keys()


def test_no_story_goes_through_what_the_table_does_not_name() -> None:
    """What is found at run time is what reading the source found."""
    rows.prepare()
    hits = {point for story in STORIES for point in unarmed(story).hits}
    assert hits - set(points()) == set()


def test_each_point_is_reached_by_its_story() -> None:
    """Armed where nobody passes, it would prove nothing."""
    rows.prepare()
    reached = {point for point in points() if unarmed(_story(point)).hits.get(point)}
    assert set(points()) - reached == set()


def _story(point: str) -> str:
    return SITES[point.partition(" ")[2]]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param("async def f(c): await c.cluster.apply({})", {"m.f apply"}, id="a call"),
        pytest.param("async def f(c): await c.apply({})", set(), id="another thing's apply"),
        pytest.param(
            "from tablecast.domain.deeds import deed as d\nasync def f():\n async with d(A, B): pass",
            {"m.f commit"},
            id="a deed by another name",
        ),
        pytest.param(
            "class A:\n async def f(self): return [x async for x in self._cluster.watch(K)]",
            {"m.A.f watch"},
            id="a watch",
        ),
    ],
)
def test_a_call_site_is_found_whatever_it_looks_like(source: str, found: set[str]) -> None:
    assert sites_of("m", source) == found
