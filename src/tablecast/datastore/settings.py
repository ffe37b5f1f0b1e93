"""The datastore's settings: read once from the environment, frozen, each explained."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

_GIB = 1 << 30


@dataclass(frozen=True)
class Settings:
    """What the datastore was started with. Each field comes from the variable named beside it."""

    root: Path
    """DATASTORE_ROOT: the project's volume."""

    token: str = field(repr=False)
    """DATASTORE_TOKEN: what every caller but a signed link's must know."""

    signing_key: str = field(repr=False)
    """DATASTORE_SIGNING_KEY: signs links to files."""

    port: int = 8080
    """DATASTORE_PORT."""

    bind: str = "0.0.0.0"  # noqa: S104 - inside its own pod
    """TABLECAST_BIND: the address to listen on."""

    max_upload_bytes: int = 256 * _GIB
    """DATASTORE_MAX_UPLOAD_BYTES: one upload. Too high: one upload fills the volume."""

    upload_seconds: int = 24 * 3600
    """DATASTORE_UPLOAD_SECONDS: how long an upload is kept after its last byte came."""

    idle_seconds: float = 60.0
    """DATASTORE_IDLE_SECONDS: a PATCH without a byte for so long is ended. Too low: slow lines
    are cut; too high: a client whose line broke silently finds its upload busy."""

    convert_memory_bytes: int = 2 * _GIB
    """DATASTORE_CONVERT_MEMORY_BYTES: memory of one conversion."""

    conversions: int = 1
    """DATASTORE_CONVERSIONS: conversions at once; the others wait their turn."""

    convert_seconds: float = 4 * 3600.0
    """DATASTORE_CONVERT_SECONDS: how long one conversion may take."""

    max_columns: int = 20_000
    """DATASTORE_MAX_COLUMNS: columns of a table."""

    sweep_seconds: float = 60.0
    """DATASTORE_SWEEP_SECONDS: how often expired uploads, and what a kill left, are looked for."""

    part_seconds: float = 24 * 3600.0
    """DATASTORE_PART_SECONDS: how long a model's folder that was never finished is kept after its last
    change. Too low: one that is being published is torn; too high: what a kill left fills the volume."""


_NAMES = {"bind": "TABLECAST_BIND"}


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings; ValueError names the variable that is missing or no number."""
    values: dict[str, Any] = {}
    for known in fields(Settings):
        name = _NAMES.get(known.name, f"DATASTORE_{known.name.upper()}")
        text = environment.get(name)
        if text:
            values[known.name] = _parsed(name, text, known.type)
        elif known.name in ("root", "token", "signing_key"):
            raise ValueError(f"{name} is not set")
    return Settings(**values)


def _parsed(name: str, text: str, kind: object) -> Any:
    reads: dict[object, Any] = {int: int, float: float, Path: Path}
    try:
        return reads.get(kind, str)(text)
    except ValueError as exc:
        raise ValueError(f"{name} is not a number: {text!r}") from exc
