"""A strict check of Kubernetes' own kinds by the typed models of its Python client: unknown fields fail."""

import re
from datetime import datetime
from typing import Any

from kubernetes.client import models

SCALARS: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "bool": bool,
    "float": (int, float),
    "bytes": str,
    "datetime": (str, datetime),
    "object": object,
}
# Generations of the client write them differently.
_LIST = re.compile(r"(?:list|List)\[(.*)\]$")
_MAP = re.compile(r"(?:dict\(str, (.*)\)|Dict\[str, (.*)\])$")

PREFIXES = {
    "v1": "V1",
    "apps/v1": "V1",
    "networking.k8s.io/v1": "V1",
    "rbac.authorization.k8s.io/v1": "V1",
}


def errors(manifest: dict[str, Any]) -> list[str]:
    """Every way in which a manifest of a core kind does not fit, as "path: why"."""
    name = PREFIXES[manifest["apiVersion"]] + manifest["kind"]
    return _errors(name, manifest, "")


def _errors(type_: str, value: Any, path: str) -> list[str]:
    if found := _LIST.match(type_):
        if not isinstance(value, list):
            return [f"{path}: no list"]
        return [e for i, one in enumerate(value) for e in _errors(found[1], one, f"{path}[{i}]")]
    if found := _MAP.match(type_):
        if not isinstance(value, dict):
            return [f"{path}: no map"]
        return [
            e
            for key, one in value.items()
            for e in _errors(found[1] or found[2], one, f"{path}.{key}")
        ]
    if type_ in SCALARS:
        wrong = not isinstance(value, SCALARS[type_]) or (type_ == "int" and value is True)
        # The client calls an int-or-string an object.
        return [f"{path}: {value!r} is no {type_}"] if wrong else []
    return _model_errors(type_, value, path)


def _model_errors(type_: str, value: Any, path: str) -> list[str]:
    model = getattr(models, type_)
    if not isinstance(value, dict):
        return [f"{path}: no {type_}"]
    types = {model.attribute_map[name]: one for name, one in model.openapi_types.items()}
    found = [f"{path}.{name}: unknown field" for name in value if name not in types]
    return found + [
        e
        for name, one in value.items()
        if name in types
        for e in _errors(types[name], one, f"{path}.{name}")
    ]
