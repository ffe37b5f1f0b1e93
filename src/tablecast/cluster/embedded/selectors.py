"""Label selectors, as `kubectl -l` writes them: `a=b`, `a!=b`, `a in (b,c)`, `a`, `!a`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tablecast.errors import ClusterRefusal

Labels = Mapping[str, str]
Match = Callable[[Labels], bool]

_KEY = r"[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?"
_VALUE = r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?"
_EQUALITY = re.compile(rf"(?P<key>{_KEY})\s*(?P<sign>==?|!=)\s*(?P<value>{_VALUE})")
_SET = re.compile(rf"(?P<key>{_KEY})\s+(?P<sign>in|notin)\s*\((?P<values>[^()]*)\)")
_PRESENCE = re.compile(rf"(?P<absent>!?)\s*(?P<key>{_KEY})")


@dataclass(frozen=True)
class Selector:
    """A parsed selector; `equal` holds the requirements that an index can answer."""

    equal: Labels
    matches: Match


def parse(text: str) -> Selector:
    """Parse a selector; "" matches everything. `ClusterRefusal` (400) where it cannot be read."""
    terms = [term.strip() for term in re.split(r",(?![^(]*\))", text) if term.strip()]
    equal = {m["key"]: m["value"] for t in terms if (m := _equality(t)) and m["sign"] != "!="}
    tests = [_test(term) for term in terms]
    return Selector(equal, lambda labels: all(test(labels) for test in tests))


def of_labels(labels: Labels) -> str:
    """Return the selector that asks for every one of `labels`."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def _equality(term: str) -> re.Match[str] | None:
    return _EQUALITY.fullmatch(term)


def _test(term: str) -> Match:
    if found := _equality(term):
        key, value, wanted = found["key"], found["value"], found["sign"] != "!="
        return lambda labels: (labels.get(key) == value) is wanted
    if found := _SET.fullmatch(term):
        key, inside = found["key"], found["sign"] == "in"
        values = {value.strip() for value in found["values"].split(",")}
        return lambda labels: (labels.get(key) in values) is inside
    if found := _PRESENCE.fullmatch(term):
        key, present = found["key"], not found["absent"]
        return lambda labels: (key in labels) is present
    raise ClusterRefusal(f"unable to parse requirement: {term!r}", 400, "BadRequest")
