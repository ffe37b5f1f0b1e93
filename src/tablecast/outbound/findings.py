"""Findings: what a sweep found, written down for as long as it holds, and told in the project's feed."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from tortoise.exceptions import IntegrityError

from tablecast.cluster.port import Manifest
from tablecast.domain.deeds import SYSTEM, Deed, deed
from tablecast.domain.identity import new_id
from tablecast.domain.states import DriftKind, Noun
from tablecast.domain.tables import Drift, Project

# No project's: a managed namespace that this database does not know.
NOBODYS = ""


@dataclass(frozen=True)
class Finding:
    """One object on which rows and cluster disagree, as its row says it; see `tables.Drift`."""

    project_id: str
    kind: str
    namespace: str
    name: str
    uid: str
    drift: DriftKind
    reason: str
    noun: str = ""
    subject_id: str = ""
    adoptable: bool = False
    recreatable: bool = False
    purgeable: bool = False

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells two findings apart."""
        return self.kind, self.namespace, self.name, self.uid


def orphan(there: Manifest, project_id: str, reason: str, **more: object) -> Finding:
    """The finding that no row knows an object of the cluster."""
    return of(there, project_id, DriftKind.ORPHANED, reason, **more)


def of(there: Manifest, project_id: str, drift: DriftKind, reason: str, **more: object) -> Finding:
    """A finding on an object of the cluster, or on a manifest that is not there."""
    metadata = there["metadata"]
    return Finding(
        project_id=project_id,
        kind=there["kind"],
        namespace=metadata.get("namespace", ""),
        name=metadata["name"],
        uid=metadata.get("uid", ""),
        drift=drift,
        reason=reason,
        **more,  # type: ignore[arg-type]
    )


async def record(project_id: str, found: Sequence[Finding], unseen: Collection[str]) -> None:
    """Make a project's drift rows what was found; those of kinds that were not seen stay as they are."""
    wished = {one.key: one for one in found}
    if not _changes(await Drift.filter(project_id=project_id), wished, unseen):
        return
    try:
        async with deed(SYSTEM, project_id) as tx:
            # One writer a project, or two replicas would write the same row.
            await Project.select_for_update().get_or_none(id=project_id)
            rows = await Drift.filter(project_id=project_id)
            for row, finding in _changes(rows, wished, unseen):
                await _write(tx, row, finding)
    except IntegrityError:
        # Of what is no project's there is nothing to lock: another replica was first.
        return


async def resolve(project_id: str, drift_id: str) -> None:
    """Take a finding away that an operation has put right."""
    async with deed(SYSTEM, project_id) as tx:
        row = await Drift.select_for_update().get_or_none(id=drift_id)
        if row is not None:
            await _write(tx, row, None)


async def tell_corrected(project_id: str, noun: Noun, subject_id: str, message: str) -> None:
    """Tell a project's feed that something was put right without asking."""
    async with deed(SYSTEM, project_id) as tx:
        tx.tell("DRIFT_CORRECTED", noun, subject_id, message)


_Change = tuple[Drift | None, Finding | None]
_Key = tuple[str, str, str, str]


def _changes(
    rows: Sequence[Drift], wished: dict[_Key, Finding], unseen: Collection[str]
) -> list[_Change]:
    known = {(row.kind, row.namespace, row.name, row.uid): row for row in rows}
    new: list[_Change] = [(None, one) for key, one in wished.items() if key not in known]
    changed: list[_Change] = [
        (row, wished.get(key))
        for key, row in known.items()
        if row.kind not in unseen and _is_other(row, wished.get(key))
    ]
    return changed + new


def _is_other(row: Drift, finding: Finding | None) -> bool:
    if finding is None:
        return True
    return any(getattr(row, name) != value for name, value in asdict(finding).items())


async def _write(tx: Deed, row: Drift | None, finding: Finding | None) -> None:
    if finding is None:
        assert row is not None
        await row.delete()
        tx.tell("DRIFT_GONE", Noun.DRIFT, row.id, f"{row.kind} {row.name}")
        return
    type_ = "DRIFT_FOUND" if row is None else "DRIFT_UPDATED"
    if row is None:
        row = await Drift.create(id=new_id(), **asdict(finding))
    else:
        await row.update_from_dict(asdict(finding)).save()
    tx.tell(type_, Noun.DRIFT, row.id, f"{finding.kind} {finding.name}: {finding.reason}")
