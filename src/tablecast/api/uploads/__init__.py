"""Uploads: tus 1.0 for people, passed on to the project's datastore as the bytes come.

Who may is asked of the domain; where an upload stands, of the datastore. Nothing is held here, so
any replica can go on with what another began.
"""

from tablecast.api.uploads.routes import upload_routes

__all__ = ["upload_routes"]
