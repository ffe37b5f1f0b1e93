"""The explorer: GraphiQL and what it needs, vendored, so that it works without any other server.

Its page, its files and the example operations of the main job that it opens with.
"""

from tablecast.api.explorer.routes import explorer_routes

__all__ = ["explorer_routes"]
