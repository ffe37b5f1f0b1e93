"""Argo's `depends`: which tasks must have ended how before another may start. Pure."""

import re
from collections.abc import Callable, Mapping

# A task's name alone asks for one of these.
_WELL = ("Succeeded", "Skipped", "Daemoned")
_RESULTS = {
    "Succeeded": ("Succeeded",),
    "Failed": ("Failed",),
    "Errored": ("Error",),
    "Skipped": ("Skipped",),
    "Omitted": ("Omitted",),
    "Daemoned": ("Daemoned",),
}
_TOKEN = re.compile(r"\s*(&&|\|\||!|\(|\)|[A-Za-z0-9_-]+(?:\.[A-Za-z]+)?)")


def names(expression: str) -> list[str]:
    """Return the tasks that an expression speaks of, each once, in order."""
    words = [token.partition(".")[0] for token in _tokens(expression) if token[0].isalnum()]
    return list(dict.fromkeys(words))


def holds(expression: str, phases: Mapping[str, str]) -> bool:
    """Say whether an expression is true of the tasks' final phases; ValueError where unreadable."""
    tokens = _tokens(expression)
    if not tokens:
        return True
    value, rest = _either(tokens, phases)
    if rest:
        raise ValueError(f"cannot read depends: {expression!r}")
    return value


def _tokens(expression: str) -> list[str]:
    tokens, position = [], 0
    text = expression.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if not found:
            raise ValueError(f"cannot read depends: {expression!r}")
        tokens.append(found[1])
        position = found.end()
    return tokens


Part = tuple[bool, list[str]]


def _either(tokens: list[str], phases: Mapping[str, str]) -> Part:
    return _joined(tokens, phases, "||", _both, any)


def _both(tokens: list[str], phases: Mapping[str, str]) -> Part:
    return _joined(tokens, phases, "&&", _one, all)


def _joined(
    tokens: list[str],
    phases: Mapping[str, str],
    sign: str,
    part: Callable[[list[str], Mapping[str, str]], Part],
    combine: Callable[[list[bool]], bool],
) -> Part:
    value, rest = part(tokens, phases)
    values = [value]
    while rest and rest[0] == sign:
        value, rest = part(rest[1:], phases)
        values.append(value)
    return combine(values), rest


def _one(tokens: list[str], phases: Mapping[str, str]) -> Part:
    if not tokens:
        raise ValueError("depends ends too early")
    head, rest = tokens[0], tokens[1:]
    if head == "!":
        value, rest = _one(rest, phases)
        return not value, rest
    if head == "(":
        value, rest = _either(rest, phases)
        if not rest or rest[0] != ")":
            raise ValueError("depends lacks a closing bracket")
        return value, rest[1:]
    name, _, result = head.partition(".")
    wanted = _RESULTS.get(result, ()) if result else _WELL
    return phases.get(name, "") in wanted, rest
