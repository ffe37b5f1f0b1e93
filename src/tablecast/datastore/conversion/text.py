"""A CSV's bytes as UTF-8, whatever they were written in.

Order of belief: the person's option, a byte order mark, UTF-8 if the whole file is that, UTF-16 by its
NULs, and last a one-byte encoding, guessed from a sample around the first byte that is not UTF-8.
"""

import codecs
import io
import re
from dataclasses import dataclass
from pathlib import Path

from tablecast.datastore.conversion.failure import ConversionFailure
from tablecast.datastore.conversion.foreign import refuse_foreign
from tablecast.datastore.conversion.state import Stage

_CHUNK = 1 << 20
_SAMPLE = 256 << 10
_HEAD = 64 << 10
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HIGH = re.compile(rb"[\x80-\xff]")
_SEQUENCES = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_ENOUGH_TO_GUESS = 64
_WESTERN = {"cp1252", "latin_1", "iso8859_15", "cp1250", "iso8859_2", "cp1254", "iso8859_9"}
_ISOLATION = ["cp1252", "cp1250", "cp1251", "koi8_r", "shift_jis", "gb18030", "big5", "euc_kr"]


@dataclass(frozen=True)
class Text:
    """How to read a file as text: its encoding and the bytes of its byte order mark."""

    path: Path
    encoding: str
    bom: int = 0
    size: int = 0

    def open(self, skip: int = 0, errors: str = "strict") -> "Utf8Stream":
        """Open it as UTF-8, the first `skip` bytes of that left out."""
        return Utf8Stream(self, skip, errors)


class Utf8Stream(io.RawIOBase):
    """Reads a `Text` as UTF-8 bytes, never more than asked for and only fewer at the end."""

    def __init__(self, text: Text, skip: int, errors: str) -> None:
        self._file = text.path.open("rb", buffering=0)
        self._file.seek(text.bom)
        self._size = text.size
        plain = text.encoding == "utf-8"
        decoder = codecs.getincrementaldecoder(text.encoding)
        self._decoder = None if plain else decoder(errors)
        self._ready = bytearray()
        while skip > 0 and (dropped := self.read(min(skip, _CHUNK))):
            skip -= len(dropped)

    def readable(self) -> bool:
        """Tell that this is for reading."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes of UTF-8; UnicodeDecodeError where the encoding is wrong."""
        if self._decoder is None:
            return self._file.read(size) or b""
        while len(self._ready) < size and self._fill():
            pass
        taken = bytes(self._ready[:size])
        del self._ready[:size]
        return taken

    def _fill(self) -> bool:
        assert self._decoder is not None
        raw = self._file.read(_CHUNK) or b""
        self._ready += self._decoder.decode(raw, final=not raw).encode("utf-8", "surrogatepass")
        return bool(raw)

    def share(self) -> float:
        """Return how much of the file was read, 0..1."""
        return self._file.tell() / max(1, self._size)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


@dataclass(frozen=True)
class Survey:
    """What one pass over the whole file found."""

    text: Text
    nul: int | None
    """Offset of the first NUL in the UTF-8 stream."""
    broken: int | None
    """Offset in the UTF-8 stream of the first bytes that the encoding does not know."""
    quotes: int
    """How many quote characters there are."""


def survey(path: Path, option: str | None, stage: Stage) -> Survey:
    """Find the encoding and read the file once with it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.strip():
        raise ConversionFailure("EMPTY_FILE", "The file is empty.", "upload a table with a header")
    if not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        refuse_foreign(head)
    text = _declared(path, size, option, head)
    first = _read(text or Text(path, "utf-8", 0, size), stage)
    if text is None and first.broken is not None:
        return _without_utf8(path, size, first, stage)
    return first


def _declared(path: Path, size: int, option: str | None, head: bytes) -> Text | None:
    mark = next(((len(bom), name) for bom, name in _BOMS if head.startswith(bom)), None)
    if option:
        name = _known(option)
        if mark and mark[1].startswith(name):
            return Text(path, mark[1], mark[0], size)
        return Text(path, name, 0, size)
    if mark:
        return Text(path, mark[1], mark[0], size)
    guessed = _utf16(head)
    return Text(path, guessed, 0, size) if guessed else None


def _known(option: str) -> str:
    try:
        codec = codecs.lookup(option)
        codecs.getincrementaldecoder(codec.name)().decode(b"")
        if not codec._is_text_encoding:
            raise LookupError(option)
    except LookupError as exc:
        hint = "for example utf-8, utf-16, latin-1, cp1252"
        raise ConversionFailure(
            "UNKNOWN_ENCODING", f"There is no encoding named {option[:40]!r}.", hint
        ) from exc
    return {"utf-8-sig": "utf-8", "utf-16": "utf-16", "ascii": "utf-8"}.get(codec.name, codec.name)


def _utf16(head: bytes) -> str | None:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    if odd > 0.3 * half and even < 0.02 * half:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.02 * half:
        return "utf-16-be"
    return None


def _read(text: Text, stage: Stage) -> Survey:
    if text.encoding == "utf-8":
        return _read_utf8(text, stage)
    nul, broken, quotes, at = None, None, 0, 0
    with text.open(errors="replace") as stream:
        while chunk := stream.read(_CHUNK):
            nul = _first(nul, chunk, b"\0", at)
            broken = _first(broken, chunk, "\ufffd".encode(), at)
            quotes += chunk.count(b'"')
            at += len(chunk)
            stage.report(stream.share())
    return Survey(text, nul, broken, quotes)


def _read_utf8(text: Text, stage: Stage) -> Survey:
    nul, quotes, at = None, 0, 0
    decoder = codecs.getincrementaldecoder("utf-8")()
    with text.open() as stream:
        while chunk := stream.read(_CHUNK):
            nul = _first(nul, chunk, b"\0", at)
            quotes += chunk.count(b'"')
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as exc:
                return Survey(text, nul, max(0, at + exc.start - pending), quotes)
            at += len(chunk)
            stage.report(stream.share())
    cut = len(decoder.getstate()[0])
    return Survey(text, nul, at - cut if cut else None, quotes)


def _first(known: int | None, chunk: bytes, wanted: bytes, at: int) -> int | None:
    if known is not None:
        return known
    found = chunk.find(wanted)
    return None if found < 0 else at + found


def _without_utf8(path: Path, size: int, first: Survey, stage: Stage) -> Survey:
    assert first.broken is not None
    if _mostly_utf8(path, first.broken):
        return first
    for encoding in _candidates(_around(path, first.broken)):
        found = _read(Text(path, encoding, 0, size), stage)
        if found.broken is None:
            return found
    return _read(Text(path, "latin-1", 0, size), stage)


def _mostly_utf8(path: Path, broken: int) -> bool:
    sample = _around(path, broken)
    sequences = sum(len(found) for found in _SEQUENCES.findall(sample))
    return sequences * 2 > len(_HIGH.findall(sample))


def _around(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, offset - _SAMPLE // 4))
        return file.read(_SAMPLE)


def _candidates(sample: bytes) -> list[str]:
    """Return encodings to try, the likeliest first; latin-1 reads anything and comes last."""
    if len(_HIGH.findall(sample)) < _ENOUGH_TO_GUESS:
        return ["cp1252"]
    from charset_normalizer import from_bytes

    best = from_bytes(sample[: 64 << 10], cp_isolation=_ISOLATION, threshold=0.2).best()
    if best is None or best.encoding in _WESTERN:
        return ["cp1252"]
    return [best.encoding, "cp1252"]
