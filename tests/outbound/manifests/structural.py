"""A strict validator of structural OpenAPI schemas, as an API server with fieldValidation=Strict is.

Unknown fields fail, unless a schema preserves them; int-or-string is either; required and enumerated
values, types, patterns and bounds are checked. CEL rules are not.
"""

import re
from typing import Any

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}
# What every object has, whatever its own schema says.
TOP = {"apiVersion", "kind", "metadata"}


def errors(schema: dict[str, Any], value: Any, path: str = "") -> list[str]:
    """Every way in which `value` does not fit, as "path: why"."""
    if value is None:
        return [] if schema.get("nullable") else [f"{path}: null"]
    if schema.get("x-kubernetes-int-or-string"):
        fits = isinstance(value, int | str) and not isinstance(value, bool)
        return [] if fits else [f"{path}: neither int nor string"]
    found = _type_errors(schema, value, path)
    if found:
        return found
    if isinstance(value, dict):
        return _object_errors(schema, value, path)
    if isinstance(value, list):
        items = schema.get("items", {"x-kubernetes-preserve-unknown-fields": True})
        return [
            one
            for index, item in enumerate(value)
            for one in errors(items, item, f"{path}[{index}]")
        ]
    return _scalar_errors(schema, value, path)


def _type_errors(schema: dict[str, Any], value: Any, path: str) -> list[str]:
    wanted = schema.get("type")
    if wanted is None:
        return []
    fits = isinstance(value, TYPES[wanted])
    if isinstance(value, bool) and wanted != "boolean":
        fits = False
    return [] if fits else [f"{path}: {type(value).__name__} is no {wanted}"]


def _object_errors(schema: dict[str, Any], value: dict[str, Any], path: str) -> list[str]:
    known = schema.get("properties", {})
    others = schema.get("additionalProperties")
    keeps = schema.get("x-kubernetes-preserve-unknown-fields") or (not known and others is None)
    keeps = keeps and (path != "" or schema.get("x-kubernetes-preserve-unknown-fields"))
    found = [f"{path}.{name}: required" for name in schema.get("required", []) if name not in value]
    for name, one in value.items():
        if path == "" and name in TOP:
            continue
        if name in known:
            found += errors(known[name], one, f"{path}.{name}")
        elif isinstance(others, dict):
            found += errors(others, one, f"{path}.{name}")
        elif not (keeps or others is True):
            found.append(f"{path}.{name}: unknown field")
    return found


def _scalar_errors(schema: dict[str, Any], value: Any, path: str) -> list[str]:
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: {value!r} is none of {schema['enum']}")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        found.append(f"{path}: {value!r} does not match {schema['pattern']}")
    if "minimum" in schema and value < schema["minimum"]:
        found.append(f"{path}: below {schema['minimum']}")
    if "maximum" in schema and value > schema["maximum"]:
        found.append(f"{path}: above {schema['maximum']}")
    return found
