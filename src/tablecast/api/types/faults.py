"""Why something waits, and why something failed: one shape each, wherever they occur."""

from datetime import datetime

import strawberry
from strawberry import field


@strawberry.type(description="Why something waits. It goes on by itself once this is resolved.")
class BlockedBy:
    code: str = field(description="For programs, UPPER_SNAKE, such as IMAGE_PULL or QUOTA.")
    message: str = field(description="One sentence for people.")
    since: datetime | None = field(description="Since when it waits for this.")
    left: int | None = field(
        description="How many are left of what must go or come first, such as objects or rows of a "
        "project that is being deleted, as `message` says; null where nothing is counted."
    )


@strawberry.type(description="Why something failed, for the person who can do something about it.")
class Fault:
    code: str = field(description="For programs, UPPER_SNAKE, such as TARGET_MISSING.")
    message: str = field(description="One sentence for people.")
    column: str | None = field(description="The table's column that it speaks of.")
    row: int | None = field(description="The table's row that it speaks of; the first is 1.")
    hint: str | None = field(description="What would be right.")


@strawberry.type(description="Something that a person should know of; nothing failed.")
class Warned:
    code: str = field(description="For programs, UPPER_SNAKE, such as TARGET_LEAK.")
    message: str = field(description="One sentence for people.")
    column: str | None = field(description="The table's column that it speaks of.")
