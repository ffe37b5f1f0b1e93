"""What a table may cost: each limit with its unit, and what too high and too low would mean."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Limits of one conversion."""

    max_columns: int = 20_000
    """Columns of a table. Higher: profiles of many megabytes; lower: wide measurements refused."""

    max_field_bytes: int = MIB
    """One value, in UTF-8. Higher: a few rows can fill the memory; lower: long documents refused."""

    max_row_bytes: int = 4 * MIB
    """One record of a CSV, and the block it is read by. Arrow keeps about forty blocks."""

    max_rows: int = 200_000_000
    """Rows of a table. A Parquet file of a few hundred bytes can claim any number of them."""

    max_table_bytes: int = 64 << 30
    """The table's values, uncompressed. Bounds what a small compressed file can grow to."""

    max_chunk_bytes: int = 8 << 30
    """One column of one Parquet row group as its metadata claims it, uncompressed."""

    max_ragged_share: float = 0.1
    """Share of rows that may be repaired; beyond it the file is taken to be another thing."""

    row_group_bytes: int = 64 * MIB
    """Values gathered before they are written. Higher: more memory; lower: slower to read."""

    exact_distinct: int = 100_000
    """Distinct values of a column counted exactly; beyond it within about one percent."""

    exact_distinct_bytes: int = 32 * MIB
    """Bytes of the distinct values kept for that."""

    duplicate_rows: int = 16_000_000
    """Rows up to which duplicates are counted, at 8 bytes each; beyond it the count is unknown."""

    preview_rows: int = 200
    """Rows kept for the preview."""

    preview_cells: int = 200_000
    """Cells kept for the preview: wide tables keep fewer rows, at least ten."""
