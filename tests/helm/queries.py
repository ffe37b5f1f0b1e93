"""Names in PromQL, read simply: which metrics a query asks for, with which labels."""

import re

# A word that is followed by no bracket of a call, and stands in no braces.
_NAME = re.compile(r"\b((?:tablecast|process)_[a-z0-9_]+)\b")
_SELECTED = re.compile(r"\b((?:tablecast|process)_[a-z0-9_]+)\{([^}]*)\}")
_LABEL = re.compile(r"([a-z_]+)\s*(=~|!~|!=|=)\s*\"([^\"]*)\"")
_GROUPED = re.compile(r"\b(?:by|without)\s*\(([^)]*)\)")


def metrics(query: str) -> set[str]:
    """Names of series that a query reads."""
    return set(_NAME.findall(query))


def selected(query: str) -> list[tuple[str, str, str]]:
    """(metric, label, value) of each matcher on a label; values of regular expressions apart."""
    return [
        (name, label, value)
        for name, inside in _SELECTED.findall(query)
        for label, _, alternatives in _LABEL.findall(inside)
        for value in alternatives.split("|")
    ]


def grouped(query: str) -> set[str]:
    """Labels that a query groups by."""
    return {label.strip() for inside in _GROUPED.findall(query) for label in inside.split(",")}
