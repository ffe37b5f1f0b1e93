"""tus 1.0 as it stands in headers: reading what a client says, and what every answer carries."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.requests import Request

from tablecast.errors import Mistake

VERSION = "1.0.0"
EXTENSIONS = "creation,checksum,expiration,termination"
CHECKSUMS = "sha1,sha256,crc32"
BYTES_TYPE = "application/offset+octet-stream"

REQUEST_HEADERS = (
    "Authorization",
    "Content-Type",
    "Tus-Resumable",
    "Upload-Checksum",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
    "X-HTTP-Method-Override",
    "X-Requested-With",
)
RESPONSE_HEADERS = (
    "Location",
    "Retry-After",
    "Tus-Checksum-Algorithm",
    "Tus-Extension",
    "Tus-Max-Size",
    "Tus-Resumable",
    "Tus-Version",
    "Upload-Expires",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
)

_DIGITS = 19


@dataclass(frozen=True)
class Creation:
    """What POST asks for: a slot of `length` bytes in a project."""

    project: str
    file_name: str
    length: int
    sha256: str | None


class OtherVersion(Mistake):
    """The client speaks another version of tus, or none."""


def method_of(request: Request) -> str:
    """The request's method, which X-HTTP-Method-Override may name where a proxy forbids it."""
    return request.headers.get("x-http-method-override", request.method).upper()


def check_version(request: Request) -> None:
    """Raise `OtherVersion` unless the client speaks ours."""
    if request.headers.get("tus-resumable") != VERSION:
        raise OtherVersion(
            "This speaks tus 1.0.0.", code="TUS_VERSION", hint="Send `Tus-Resumable: 1.0.0`."
        )


def creation_of(request: Request) -> Creation:
    """Read POST's headers; raises `Mistake`."""
    metadata = metadata_of(request.headers.get("upload-metadata", ""))
    length = number_of(request, "Upload-Length")
    for key in ("project", "filename"):
        if not metadata.get(key):
            raise Mistake(
                f"Upload-Metadata lacks `{key}`.",
                code="METADATA_MISSING",
                field=key,
                hint="project (an id) and filename are needed, sha256 is optional.",
            )
    sha256 = metadata.get("sha256", "").lower() or None
    return Creation(metadata["project"], metadata["filename"], length, sha256)


def metadata_of(header: str) -> dict[str, str]:
    """Decode Upload-Metadata: pairs of a key and base64, separated by commas."""
    found = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, encoded = pair.partition(" ")
        try:
            found[key] = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as exc:
            raise Mistake(
                "A value of Upload-Metadata is not base64 of UTF-8.",
                code="INVALID_METADATA",
                field=key[:40],
            ) from exc
    return found


def encoded_metadata(values: Mapping[str, str]) -> str:
    """Encode values as Upload-Metadata."""
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())


def number_of(request: Request, name: str) -> int:
    """Read a header that is a count of bytes; raises `Mistake`."""
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise Mistake(f"{name} must be a count of bytes.", code="INVALID_HEADER", field=name)
    return int(text)


def date(moment: datetime) -> str:
    """A moment in UTC as headers write it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
