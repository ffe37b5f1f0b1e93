"""The seams, and every place in src that goes through one, found by reading the source."""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import tablecast

SRC = Path(tablecast.__file__).parent
ROOMS = ("api", "app", "clients", "domain", "inbound", "outbound", "process")
# The cluster port's methods, on whatever a room calls its cluster.
PORT = frozenset(
    {"apply", "create", "get", "delete", "list", "versions", "watch", "logs", "request"}
)
CLUSTERS = frozenset({"cluster", "_cluster", "requests", "_requests"})
# What opens a transaction, by where it comes from. The seam itself is none of them.
SEAM_MODULES = frozenset({"domain.transactions", "domain.deeds", "domain.retrying"})
COMMITS = frozenset(
    {"tablecast.domain.transactions", "tablecast.domain.deeds", "tortoise.transactions"}
)
OPENING = frozenset({"deed", "transaction", "in_transaction", "atomic"})
# How the relay holds, and lets go of, an operation.
MARKS = frozenset({"mark", "renew"})


def sites() -> set[str]:
    """Every call site of a seam: "<module>.<function> <method, commit or mark>"."""
    return {site for path in _modules() for site in sites_of(_name(path), path.read_text())}


def sites_of(module: str, source: str) -> set[str]:
    """The call sites in one module."""
    return set(_Reader(module).read(ast.parse(source)))


def caller(frame: FrameType | None) -> str:
    """Where in src a call comes from: the nearest frame of a room, as `sites` names it; "" if none."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", "")).removeprefix("tablecast.")
        if module.split(".")[0] in ROOMS and module not in SEAM_MODULES:
            return f"{module}.{_plain(frame.f_code.co_qualname)}"
        frame = frame.f_back
    return ""


def _modules() -> Iterator[Path]:
    return (path for path in sorted(SRC.rglob("*.py")) if _name(path).split(".")[0] in ROOMS)


def _name(path: Path) -> str:
    return ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")


def _plain(qualified: str) -> str:
    return qualified.replace(".<locals>", "").replace(".<lambda>", "").replace(".<listcomp>", "")


class _Reader(ast.NodeVisitor):
    def __init__(self, module: str) -> None:
        self._module = module
        self._within: list[str] = []
        self._found: list[str] = []
        self._opening: set[str] = set()

    def read(self, tree: ast.Module) -> list[str]:
        self.visit(tree)
        return self._found

    def _scope(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._within.append(node.name)
        self.generic_visit(node)
        self._within.pop()

    visit_ClassDef = visit_FunctionDef = visit_AsyncFunctionDef = _scope  # noqa: N815 -- ast's names

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module in COMMITS and self._module not in SEAM_MODULES:
            self._opening |= {one.asname or one.name for one in node.names if one.name in OPENING}

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        seam = self._seam(node.func)
        if seam:
            self._found.append(f"{'.'.join([self._module, *self._within])} {seam}")

    def _seam(self, called: ast.expr) -> str:
        if isinstance(called, ast.Attribute) and called.attr in PORT:
            return called.attr if _last_name(called.value) in CLUSTERS else ""
        name = _last_name(called)
        if name in self._opening:
            return "commit"
        return name if name in MARKS and self._module == "outbound.relay" else ""


def _last_name(value: ast.expr) -> str:
    if isinstance(value, ast.Attribute):
        return value.attr
    return value.id if isinstance(value, ast.Name) else ""
