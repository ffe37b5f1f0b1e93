"""The schema as text: what `tablecast schema` prints and `schema.graphql` holds."""

from tablecast.api.schema import build_schema


def print_sdl() -> str:
    """The schema definition language of the whole schema, with a newline at its end."""
    return build_schema().as_str().rstrip() + "\n"
