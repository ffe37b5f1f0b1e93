"""Dataset versions: what the datastore says of a conversion, written down."""

from typing import Any

from tablecast.domain.deeds import SYSTEM, Deed, deed
from tablecast.domain.observe import observed
from tablecast.domain.states import DatasetVersionState, Noun
from tablecast.domain.tables import DatasetVersion

# Smaller steps would be no news to a person.
LEAST_PROGRESS = 0.01

LOST: dict[str, Any] = {
    "state": "FAILED",
    "error": {
        "code": "DATA_LOST",
        "row": None,
        "column": None,
        "message": "The datastore knows nothing of this table any more.",
        "hint": "Upload the file again.",
    },
}
_COPIED = ("rows", "columns", "bytes", "source_bytes", "sha256", "source_sha256", "profile")


async def write(version: DatasetVersion, found: dict[str, Any]) -> None:
    """Write how far a conversion is, and how it ended."""
    state = found["state"]
    progress = float(found.get("progress") or 0.0)
    converting = state == DatasetVersionState.CONVERTING
    if converting and progress - version.progress < LEAST_PROGRESS:
        return
    async with deed(SYSTEM, version.project_id) as tx:
        row = await DatasetVersion.select_for_update().get_or_none(id=version.id)
        if row is None or row.state != DatasetVersionState.CONVERTING:
            return
        if converting:
            row.progress = progress
            await row.save(update_fields=["progress", "updated_at"])
            tx.tell("DATASET_VERSION_CONVERTING", Noun.DATASET_VERSION, row.id)
        elif state in (DatasetVersionState.READY, DatasetVersionState.FAILED):
            await _end(tx, row, found)


async def _end(tx: Deed, row: DatasetVersion, found: dict[str, Any]) -> None:
    row.state = found["state"]
    row.error = found.get("error")
    if row.state == DatasetVersionState.READY:
        row.progress = 1.0
        for name in _COPIED:
            setattr(row, name, found.get(name))
    else:
        row.message = str((row.error or {}).get("message") or "")
    await row.save()
    tx.tell(f"DATASET_VERSION_{row.state}", Noun.DATASET_VERSION, row.id, row.message)
    await observed(tx, Noun.DATASET_VERSION, row.id, row.generation)
