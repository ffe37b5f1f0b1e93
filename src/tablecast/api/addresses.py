"""Addresses: where people send and fetch bytes, which never pass through GraphQL."""

from typing import TYPE_CHECKING

from tablecast.settings import Settings

if TYPE_CHECKING:
    pass

# Long enough to begin a download by hand; one that has begun is not cut off.
DOWNLOAD_SECONDS = 3_600


def public_url(settings: Settings) -> str:
    """The address that people reach the API at, without a slash at the end."""
    return settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"


def upload_url(settings: Settings, upload_id: str) -> str:
    """Where an upload's bytes go."""
    return f"{public_url(settings)}/uploads/{upload_id}"
