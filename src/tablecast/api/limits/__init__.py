"""What one GraphQL document may ask for: each limit is measured before anything is executed.

`extensions_for` gives the schema extension that parses, measures, validates and prices documents,
over HTTP and websockets alike, and remembers the ones that passed.
"""

from tablecast.api.limits.extension import extensions_for

__all__ = ["extensions_for"]
