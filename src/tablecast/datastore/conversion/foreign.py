"""Files that are no tables, whatever their name says: told apart by their first bytes."""

import re

from tablecast.datastore.conversion.failure import ConversionFailure

PARQUET_MAGIC = b"PAR1"

_SIGNATURES = (
    (b"PK\x03\x04", "a zip archive (also .xlsx, .ods)", "unpack it, or export the sheet as CSV"),
    (b"PK\x05\x06", "an empty zip archive", "upload the table itself"),
    (b"\x1f\x8b", "compressed with gzip", "decompress it first"),
    (b"BZh", "compressed with bzip2", "decompress it first"),
    (b"\xfd7zXZ\x00", "compressed with xz", "decompress it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "decompress it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (.xls)", "export it as CSV"),
    (b"%PDF", "a PDF", "export the table as CSV"),
    (b"SQLite format 3\x00", "an SQLite database", "export the table as CSV or Parquet"),
    (b"ARROW1", "an Arrow (Feather) file", "write it as Parquet"),
    (b"\x89HDF", "an HDF5 file", "write it as Parquet"),
    (b"Obj\x01", "an Avro file", "write it as Parquet"),
    (b"ORC", "an ORC file", "write it as Parquet"),
    (b"\x93NUMPY", "a NumPy array", "write it as CSV or Parquet"),
    (b"\x89PNG", "an image", "upload a table"),
    (b"\xff\xd8\xff", "an image", "upload a table"),
    (b"GIF8", "an image", "upload a table"),
    (b"\x7fELF", "a program", "upload a table"),
)
_PICKLE = re.compile(rb"\x80[\x02-\x05]|\((?:dp|lp|ip)?\d*\n|c[A-Za-z_][\w.]*\n[A-Za-z_]\w*\n")
_MARKUP = re.compile(rb"\s*(?:<!doctype|<html|<\?xml)", re.IGNORECASE)
_JSON = re.compile(rb'\s*(?:\{\s*(?:"|\})|\[\s*(?:\{|\[))')
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19\x1b-\x1f\x7f]")
_FEW_CONTROL, _MOST_CONTROL = 16, 0.05


def refuse_foreign(head: bytes) -> None:
    """Raise NOT_A_TABLE where `head`, the file's first bytes, is of something else.

    A Parquet file is not foreign; NUL bytes are judged elsewhere, as UTF-16 is full of them.
    """
    for signature, what, hint in _SIGNATURES:
        if head.startswith(signature) and (len(signature) > 3 or _binary(head)):
            raise _refusal(what, hint)
    if _PICKLE.match(head):
        raise _refusal("a Python pickle", "write the table as CSV or Parquet; pickles are not read")
    if _MARKUP.match(head):
        raise _refusal("a web page or XML", "download the table itself, as CSV or Parquet")
    if _JSON.match(head):
        raise _refusal("JSON", "write it as CSV or Parquet")
    if len(_CONTROL.findall(head)) > max(_FEW_CONTROL, _MOST_CONTROL * len(head)):
        raise _refusal("a binary file", "upload CSV or Parquet")


def _binary(head: bytes) -> bool:
    return any(byte > 127 or byte < 9 for byte in head[:512])


def _refusal(what: str, hint: str) -> ConversionFailure:
    return ConversionFailure("NOT_A_TABLE", f"The file is {what}, not CSV or Parquet.", hint)
