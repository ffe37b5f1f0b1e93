"""A dataset version's profile and preview: what the datastore found while it read the table."""

import strawberry
from strawberry import field

from tablecast.api.choices import ColumnType
from tablecast.api.scalars import Long, Value


@strawberry.type(description="A value and how often it occurs.")
class TopValue:
    value: str = field(description="The value as text.")
    count: Long = field(description="Rows that have it.")


@strawberry.type(description="How numbers are distributed, in bins of equal width.")
class Histogram:
    edges: list[float] = field(description="Bounds of the bins, ascending: one more than bins.")
    counts: list[Long] = field(description="Rows in each bin.")


@strawberry.type(description="One column of a table, as it was found.")
class ColumnProfile:
    name: str = field(description="Its header.")
    type: ColumnType = field(description="What its values are.")
    nulls: Long = field(description="Rows without a value.")
    distinct: Long = field(description="Number of different values, nulls not counted.")
    distinct_exact: bool = field(description="Whether `distinct` is exact or an estimate.")
    minimum: Value | None = field(description="Least value; null for text and where all are null.")
    maximum: Value | None = field(description="Greatest value; null where there is none.")
    mean: float | None = field(description="Mean of a numeric column.")
    deviation: float | None = field(description="Standard deviation of a numeric column.")
    top: list[TopValue] = field(description="The most frequent values, at most 10.")
    histogram: Histogram | None = field(description="Of numeric columns: at most 20 bins.")


@strawberry.type(description="Something irregular in the file that was put right while reading.")
class Repair:
    code: str = field(description="For programs, UPPER_SNAKE, such as DUPLICATE_HEADER.")
    count: Long = field(description="How often it was done.")
    column: str | None = field(description="The column concerned; null for several or none.")
    message: str = field(description="One sentence for people.")


@strawberry.type(description="How the file was read.")
class SourceFormat:
    format: str = field(description="CSV or PARQUET.")
    encoding: str | None = field(description="Character encoding of a CSV file.")
    delimiter: str | None = field(description="What separates the cells of a CSV file.")
    decimal: str | None = field(description="Decimal point or comma of a CSV file.")
    has_header: bool | None = field(
        description="Whether the first line of a CSV file names columns."
    )


@strawberry.type(description="What a table holds.")
class Profile:
    rows: Long = field(description="Number of rows.")
    duplicate_rows: Long | None = field(
        description="Rows equal to an earlier one; null where the table is too large to tell."
    )
    repairs: list[Repair] = field(description="What was put right while reading.")
    source: SourceFormat | None = field(description="How the file was read.")
    columns: list[ColumnProfile] = field(description="Its columns, in their order.")


@strawberry.type(description="Some of a table's first rows.")
class Preview:
    columns: list[str] = field(description="Column names, in the order of the cells.")
    rows: list[list[Value | None]] = field(description="Rows of cells.")
    total: int = field(description="How many rows a preview can show in all.")
