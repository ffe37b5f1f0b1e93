"""The example operations: one tab each, in the order of their names; `NN-name.graphql`, and beside
it `NN-name.json` with its variables where it has any."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "examples"


@cache
def examples() -> list[dict[str, str]]:
    """The tabs that GraphiQL opens with: `query` and, in JSON, `variables`."""
    return [_tab(path) for path in sorted(FOLDER.glob("*.graphql"))]


def _tab(path: Path) -> dict[str, str]:
    variables = path.with_suffix(".json")
    return {
        "query": path.read_text(),
        "variables": variables.read_text() if variables.exists() else "",
    }
