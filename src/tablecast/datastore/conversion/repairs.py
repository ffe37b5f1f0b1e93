"""What was changed so that a file could become a table: counted, and told in the profile."""

from typing import Any

_KEPT = 1000


class Repairs:
    """Counts repairs by code and column."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str | None], tuple[int, str]] = {}

    def count(self, code: str, column: str | None, message: str, times: int = 1) -> None:
        """Count `times` repairs of one kind; `column` None where rows were repaired."""
        if times > 0:
            known, _ = self._found.get((code, column), (0, ""))
            self._found[code, column] = (known + times, message)

    def documents(self) -> list[dict[str, Any]]:
        """Return them as the profile lists them; at most 1,000 columns are named."""
        return [
            {"code": code, "count": count, "column": column, "message": message}
            for (code, column), (count, message) in list(self._found.items())[:_KEPT]
        ]

    def take(self, other: "Repairs") -> None:
        """Add what `other` counted."""
        for (code, column), (count, message) in other._found.items():
            self.count(code, column, message, count)
