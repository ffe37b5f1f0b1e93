"""Why a file could not become a table: said once, for the person and for programs."""

from dataclasses import dataclass


@dataclass(eq=False)
class ConversionFailure(Exception):
    """The file's fault or a limit's, told with where and what would be right.

    `row` counts records from 1, the header being row 1 and blank lines not counted; for Parquet it
    counts data rows from 1. `column` is the column's name, or "column 7" where it has none.
    """

    code: str
    message: str
    hint: str = ""
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def document(self) -> dict[str, object]:
        """Return the error as `state.json` and the HTTP answers hold it."""
        return {
            "code": self.code,
            "row": self.row,
            "column": self.column,
            "message": self.message,
            "hint": self.hint,
        }


def out_of_memory(memory: int) -> ConversionFailure:
    """Return the refusal of a table that needs more than `memory` bytes."""
    return ConversionFailure(
        "OUT_OF_MEMORY",
        f"Reading the table takes more than {memory >> 20:,} MiB of memory.",
        "upload a part of it, or with fewer columns or shorter values",
    )


def disk_full() -> ConversionFailure:
    """Return the refusal for want of space."""
    return ConversionFailure(
        "DISK_FULL", "The project's volume is full.", "delete datasets or models, or enlarge it"
    )
