"""Pages: what is read page by page is everything, once, in order; what is no cursor is refused."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import get_named_type
from tortoise.connection import get_connection

from tablecast.api.schema import build_schema
from tablecast.domain.identity import new_id
from tablecast.domain.tables import Dataset, Model
from tablecast.settings import Limits
from tests.api.rows import gid, whole
from tests.api.world import ANN, Api, counted
from tests.domain.world import a_project

SCHEMA = build_schema()._schema
LIST = """query($first: Int, $after: String, $last: Int, $before: String, $orderBy: NamedOrder!,
                $filter: NameFilter, $id: ID!) {
  project(id: $id) {
    datasets(first: $first, after: $after, last: $last, before: $before,
             orderBy: $orderBy, filter: $filter) {
      nodes { name }
      edges { cursor node { name } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}"""
NAMES = ["fig", "apple", "cherry", "elder", "banana", "date", "grape"]


async def project_with_datasets(names: list[str] = NAMES) -> str:
    project = await a_project()
    # Of one millisecond's ids the order is random.
    ids = sorted(new_id() for _ in names)
    for row_id, name in zip(ids, names, strict=True):
        await Dataset.create(id=row_id, project_id=project.id, name=name)
    return base64.b64encode(f"Project:{project.id}".encode()).decode()


async def page(api: Api, **variables: Any) -> Any:
    answer = await api.ask(ANN, LIST, **({"orderBy": "CREATED_AT_ASC"} | variables))
    return answer["project"]["datasets"]


async def all_pages(api: Api, size: int, *, backwards: bool = False, **variables: Any) -> list[str]:
    names: list[str] = []
    cursor = None
    while True:
        asked = {"last": size, "before": cursor} if backwards else {"first": size, "after": cursor}
        found = await page(api, **asked, **variables)
        nodes = [node["name"] for node in found["nodes"]]
        assert nodes == [edge["node"]["name"] for edge in found["edges"]]
        names = nodes + names if backwards else names + nodes
        info = found["pageInfo"]
        if not info["hasPreviousPage" if backwards else "hasNextPage"]:
            return names
        cursor = info["startCursor" if backwards else "endCursor"]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("order", ["CREATED_AT_ASC", "CREATED_AT_DESC", "NAME_ASC", "NAME_DESC"])
async def test_pages_together_are_the_whole_list_in_order(
    api: Api, order: str, size: int, backwards: bool
) -> None:
    project_id = await project_with_datasets()
    names = await all_pages(api, size, backwards=backwards, id=project_id, orderBy=order)
    expected = NAMES if order.startswith("CREATED") else sorted(NAMES)
    assert names == (expected[::-1] if order.endswith("DESC") else expected)


async def test_equal_keys_are_told_apart_by_id(api: Api) -> None:
    project = await a_project()
    for _ in range(5):
        await Model.create(id=new_id(), project_id=project.id, name=f"m{new_id()}")
    ids = sorted(str(model.id) for model in await Model.filter(project_id=project.id))
    query = """query($id: ID!, $after: String) { project(id: $id) {
      models(first: 2, after: $after, orderBy: CREATED_AT_ASC) {
        nodes { id } pageInfo { endCursor hasNextPage } } } }"""
    project_id = base64.b64encode(f"Project:{project.id}".encode()).decode()
    found: list[str] = []
    after = None
    while after is not None or not found:
        models = (await api.ask(ANN, query, id=project_id, after=after))["project"]["models"]
        found += [base64.b64decode(node["id"]).decode().split(":")[1] for node in models["nodes"]]
        after = models["pageInfo"]["endCursor"] if models["pageInfo"]["hasNextPage"] else None
    assert found == ids


async def test_an_empty_list_is_an_empty_page(api: Api) -> None:
    found = await page(api, id=await project_with_datasets([]))
    assert found["edges"] == []
    assert found["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


async def test_a_page_lies_between_two_cursors(api: Api) -> None:
    project_id = await project_with_datasets()
    cursors = [edge["cursor"] for edge in (await page(api, id=project_id))["edges"]]
    found = await page(api, id=project_id, first=10, after=cursors[1], before=cursors[5])
    assert [node["name"] for node in found["nodes"]] == NAMES[2:5]


async def test_a_filter_narrows_what_is_paged(api: Api) -> None:
    project_id = await project_with_datasets()
    names = await all_pages(api, 1, id=project_id, filter={"nameContains": "AN"})
    assert names == ["banana"]


@pytest.mark.parametrize("text", ["%", "_", "\\", "'", '"; DROP TABLE dataset; --', "é"])
async def test_a_filter_s_text_is_only_text(api: Api, text: str) -> None:
    project_id = await project_with_datasets()
    found = await page(api, id=project_id, filter={"nameContains": text})
    assert found["nodes"] == []


async def test_a_page_between_moments_of_creation(api: Api) -> None:
    project_id = await project_with_datasets()
    rows = await Dataset.all().order_by("id")
    moment = rows[3].created_at.isoformat()
    later = await page(api, id=project_id, filter={"createdAfter": moment})
    earlier = await page(api, id=project_id, filter={"createdBefore": moment})
    assert [node["name"] for node in earlier["nodes"]] == NAMES[:3]
    assert [node["name"] for node in later["nodes"]] == NAMES[4:]


def cursor(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "é",
        "\u0000",
        "A" * 5_000,
        cursor(b""),
        cursor(b"null"),
        cursor(b"[]"),
        cursor(b"[" * 900),
        cursor(b'["CREATED_AT_ASC"]'),
        cursor(b'["CREATED_AT_ASC", null, "00000000000000zz"]'),
        cursor(b'["CREATED_AT_ASC", 3, "00000000000000zz"]'),
        cursor(b'["CREATED_AT_ASC", "x", "not an id"]'),
        cursor(b'["CREATED_AT_ASC", "x", 1e400]'),
        cursor(b'[{"a": 1}, "x", "00000000000000zz"]'),
        cursor(b"\xff\xfe"),
    ],
)
async def test_what_is_no_cursor_is_a_typed_error(api: Api, after: str) -> None:
    project_id = await project_with_datasets()
    codes = await api.codes(ANN, LIST, id=project_id, orderBy="CREATED_AT_ASC", after=after)
    assert codes == ["INVALID_CURSOR"]


async def test_a_cursor_of_another_ordering_is_refused(api: Api) -> None:
    project_id = await project_with_datasets()
    end = (await page(api, id=project_id, first=2))["pageInfo"]["endCursor"]
    codes = await api.codes(ANN, LIST, id=project_id, orderBy="NAME_ASC", after=end)
    assert codes == ["CURSOR_OF_ANOTHER_ORDERING"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"first": 0}, "PAGE_SIZE_OUT_OF_RANGE"),
        ({"first": -1}, "PAGE_SIZE_OUT_OF_RANGE"),
        ({"last": 0}, "PAGE_SIZE_OUT_OF_RANGE"),
        ({"first": 6}, "PAGE_SIZE_OUT_OF_RANGE"),
        ({"first": 2**31 - 1}, "PAGE_SIZE_OUT_OF_RANGE"),
        ({"first": 1, "last": 1}, "FIRST_AND_LAST"),
    ],
)
async def test_a_page_s_size_is_bounded(api: Api, asked: dict[str, int], code: str) -> None:
    api.limits = Limits(page_size=5)
    project_id = await project_with_datasets()
    assert await api.codes(ANN, LIST, id=project_id, orderBy="NAME_ASC", **asked) == [code]


@pytest.mark.parametrize("text", ["x" * 101, "a\u0000b"])
async def test_a_filter_that_is_no_text_is_refused(api: Api, text: str) -> None:
    project_id = await project_with_datasets()
    asked = {"orderBy": "NAME_ASC", "filter": {"nameContains": text}}
    assert await api.codes(ANN, LIST, id=project_id, **asked) == ["INVALID_FILTER"]


def orders_of_every_list() -> Iterator[tuple[str, str, str]]:
    """Type, field and order of every connection below an object."""
    for name, kind in SCHEMA.type_map.items():
        for field_name, field in getattr(kind, "fields", {}).items():
            order = getattr(field, "args", {}).get("orderBy")
            if order is not None and name != "Query":
                values = get_named_type(order.type).values
                yield from ((name, field_name, value) for value in values)


# Members of a project are few; the rest must not be sorted to be paged.
SORTED = {"members"}


async def test_each_order_of_each_list_has_an_index(api: Api) -> None:
    job = await whole()
    rows = {type(row).__name__: row for row in job.nodes}
    for typename, name, order in orders_of_every_list():
        plan = await plan_of(api, gid(rows[typename]), typename, name, order)
        assert any("USING INDEX" in step for step in plan), (typename, name, order, plan)
        sorts = any("TEMP B-TREE" in step for step in plan)
        assert name in SORTED or not sorts, (typename, name, order, plan)


async def plan_of(api: Api, id: str, typename: str, name: str, order: str) -> list[str]:
    """SQLite's plan for a list's second page."""
    query = f"""query($id: ID!, $after: String) {{ node(id: $id) {{ ... on {typename} {{
      {name}(first: 1, after: $after, orderBy: {order}) {{ edges {{ cursor }} }} }} }} }}"""
    first = (await api.ask(ANN, query, id=id))["node"][name]["edges"]
    async with counted() as made:
        await api.ask(ANN, query, id=id, after=first and first[0]["cursor"])
    sql, values = next(each for each in made if "ORDER BY" in each[0] and "LIMIT" in each[0])
    _, plan = await get_connection("default").execute_query(f"EXPLAIN QUERY PLAN {sql}", values)
    return [step["detail"] for step in plan]
