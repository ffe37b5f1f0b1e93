"""The demo's table: the Palmer penguins as the station wrote them down, a few held back."""

import csv
import importlib.util
import io
from dataclasses import dataclass
from pathlib import Path

TARGET = "Species"
# Every so many rows one is held back: the server never sees it, so its answer can be checked.
HELD_BACK_EACH = 29


@dataclass(frozen=True)
class Table:
    """A CSV to upload (`content`, with `rows` rows), and rows held back with their truth."""

    content: bytes
    rows: int
    held_back: list[dict[str, str]]


def penguins() -> Table:
    """Read `penguins-raw.csv` of the package palmerpenguins and hold back each 29th row."""
    rows = list(csv.DictReader(io.StringIO(_path().read_text(encoding="utf-8"))))
    held_back = rows[HELD_BACK_EACH - 1 :: HELD_BACK_EACH]
    kept = [row for number, row in enumerate(rows, 1) if number % HELD_BACK_EACH]
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(kept)
    return Table(out.getvalue().encode(), len(kept), held_back)


def value(text: str, type_: str) -> str | float | int | bool | None:
    """A cell as JSON has it, by the type that the model's signature names."""
    if text in ("", "NA"):
        return None
    match type_:
        case "INTEGER":
            return int(text)
        case "FLOAT":
            return float(text)
        case "BOOLEAN":
            return text.lower() in ("yes", "true")
        case _:
            return text


def _path() -> Path:
    # Found without importing it: the package's code loads pandas, its table is a file.
    spec = importlib.util.find_spec("palmerpenguins")
    assert spec is not None, "the extra `demo` brings palmerpenguins"
    assert spec.submodule_search_locations is not None, "palmerpenguins is a package"
    return Path(spec.submodule_search_locations[0]) / "data" / "penguins-raw.csv"
