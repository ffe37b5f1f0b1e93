"""Loaders: what one operation has read, by key, so that no query count grows with a page.

Every row handed out belongs to a project that the asker may see; of others there is nothing here.
"""

from collections.abc import Hashable, Sequence
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from tablecast.domain import pages
from tablecast.domain.deeds import Asked
from tablecast.domain.pages import Ordering, Page, PageWish
from tablecast.domain.states import Role
from tablecast.domain.tables import Member, Project, Revision, Row

RowT = TypeVar("RowT", bound=Row)
Lookups = tuple[tuple[str, Any], ...]


class Loaders:
    """The loaders of one operation of one asker, made as they are asked for."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}
        self._roles: DataLoader[str, dict[str, Role]] = DataLoader(_roles_of)
        self._revisions: DataLoader[tuple[str, int], Revision | None] = DataLoader(_revisions_of)

    async def role(self, project_id: str) -> Role | None:
        """The asker's role in a project; None for a stranger."""
        if self._asked.admin:
            return Role.OWNER
        roles = await self._roles.load(self._asked.subject)
        return roles.get(project_id)

    async def may(self, project_id: str, needed: Role) -> bool:
        """Whether the asker has at least this role in the project."""
        held = await self.role(project_id)
        return held is not None and held.covers(needed)

    async def row(self, table: type[RowT], value: str, column: str = "id") -> RowT | None:
        """The row with this value in a unique column, if there is one that the asker may see."""
        if not value:
            return None
        found = await self.rows(table, value, column)
        return found[0] if found else None

    async def rows(self, table: type[RowT], value: str, column: str) -> list[RowT]:
        """All rows with this value in a column; only for what cannot be many."""
        key = (table, column)
        if key not in self._loaders:

            async def load(values: list[str]) -> Sequence[list[RowT]]:
                return await self._rows_by(table, column, values)

            self._loaders[key] = DataLoader(load)
        found: list[RowT] = await self._loaders[key].load(value)
        return found

    async def _rows_by(
        self, table: type[RowT], column: str, values: list[str]
    ) -> Sequence[list[RowT]]:
        found: dict[str, list[RowT]] = {value: [] for value in values}
        for row in await table.filter(**{f"{column}__in": values}).order_by("id"):
            if await self.role(project_of(row)) is not None:
                found[getattr(row, column)].append(row)
        return [found[value] for value in values]

    async def revision(self, serving_id: str, number: int) -> Revision | None:
        """A serving's revision by its number; the serving is one that the asker may see."""
        found: Revision | None = await self._revisions.load((serving_id, number))
        return found

    async def page(
        self, table: type[RowT], column: str, value: str, wish: PageWish, lookups: Lookups
    ) -> Page[RowT]:
        """One page of the rows that hang below a parent: `column` is `value`.

        The parent is one that the asker may see; what hangs below it is in the same project.
        """
        key = (table, column, wish, lookups)
        if key not in self._loaders:

            async def load(values: list[str]) -> Sequence[Page[RowT]]:
                queries = [table.filter(**{column: value}, **dict(lookups)) for value in values]
                return await pages.pages(queries, wish)

            self._loaders[key] = DataLoader(load)
        found: Page[RowT] = await self._loaders[key].load(value)
        return found

    async def newest(self, table: type[RowT], column: str, value: str) -> RowT | None:
        """The row with the highest number that hangs below a parent."""
        newest = PageWish(Ordering("NUMBER_DESC", "number", descending=True), size=1)
        found = await self.page(table, column, value, newest, ())
        return found.rows[0] if found.rows else None


def project_of(row: Row) -> str:
    """The id of the project that a row belongs to."""
    return row.id if isinstance(row, Project) else str(getattr(row, "project_id"))  # noqa: B009


async def _roles_of(subjects: list[str]) -> list[dict[str, Role]]:
    members = await Member.filter(subject__in=subjects)
    return [
        {member.project_id: Role(member.role) for member in members if member.subject == subject}
        for subject in subjects
    ]


async def _revisions_of(keys: list[tuple[str, int]]) -> list[Revision | None]:
    serving_ids, numbers = zip(*keys, strict=True)
    revisions = await Revision.filter(serving_id__in=set(serving_ids), number__in=set(numbers))
    found = {(revision.serving_id, revision.number): revision for revision in revisions}
    return [found.get(key) for key in keys]
