"""What a container runs with on this machine: paths, ports and variables rewritten.

The manifest stays as a real node would take it. Every string that starts with a mount path, or
has one right after a "=", gets the local folder; a declared port likewise the loopback one.
"""

import math
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tablecast.cluster.embedded.quantity import amount
from tablecast.cluster.embedded.volumes import VolumeMissing, data_of
from tablecast.cluster.port import CONFIG_MAP, SECRET, Cluster, Manifest
from tablecast.errors import ObjectMissing

# The little of the server's own environment that programs need; its secrets stay its own.
_INHERITED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")
_REFERENCE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")
_KEYED_FIELD = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")


class ConfigMissing(Exception):
    """A variable's Secret or ConfigMap, or its key, is not there."""


@dataclass(frozen=True)
class Rewriting:
    """Mount paths to folders, declared ports to loopback ports."""

    mounts: Mapping[str, Path]
    ports: Mapping[int, int]

    def __call__(self, text: str) -> str:
        """Return `text` as it is true on this machine."""
        if self.mounts:
            paths = sorted(self.mounts, key=len, reverse=True)
            pattern = "|".join(re.escape(path) for path in paths)
            text = re.sub(
                rf"(^|=)({pattern})(?=/|$)",
                lambda found: found[1] + str(self.mounts[found[2]]),
                text,
            )
        port = re.search(r"(?:^|=)(\d+)$", text)
        if port and int(port[1]) in self.ports:
            text = text[: port.start(1)] + str(self.ports[int(port[1])])
        return text


def mounted(container: dict[str, Any], volumes: Mapping[str, Path]) -> dict[str, Path]:
    """Return a container's mount paths as local folders, subPath included."""
    mounts = {}
    for mount in container.get("volumeMounts", []):
        folder = volumes[mount["name"]]
        if sub := mount.get("subPath"):
            if ".." in Path(sub).parts:
                raise VolumeMissing(f"subPath {sub!r} leaves its volume", unschedulable=False)
            folder = folder / sub
            folder.mkdir(parents=True, exist_ok=True)
        mounts[mount["mountPath"].rstrip("/") or "/"] = folder
    return mounts


def arguments(container: dict[str, Any], env: Mapping[str, str], rewrite: Rewriting) -> list[str]:
    """Return the argument list; "python" is the interpreter that runs this server."""
    words = [*container.get("command", []), *container.get("args", [])]
    expanded = [rewrite(_expanded(word, env)) for word in words]
    if expanded and expanded[0] in ("python", "python3"):
        expanded[0] = sys.executable
    return expanded


async def variables(
    cluster: Cluster, pod: Manifest, container: dict[str, Any], rewrite: Rewriting
) -> dict[str, str]:
    """Return the environment that a manifest asks for; `ConfigMissing` where it cannot be had."""
    namespace = pod["metadata"]["namespace"]
    env: dict[str, str] = {}
    for source in container.get("envFrom", []):
        env |= await _whole(cluster, namespace, source)
    for entry in container.get("env", []):
        if "valueFrom" in entry:
            env[entry["name"]] = await _from(cluster, pod, container, entry["valueFrom"])
        else:
            env[entry["name"]] = rewrite(_expanded(entry.get("value", ""), env))
    return env


def surroundings(folder: Path, mounts: Mapping[str, Path], proxy: str) -> dict[str, str]:
    """Return the variables that every container on this machine has."""
    env = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    env |= {
        "HOME": str(folder),
        "TMPDIR": str(mounts.get("/tmp", folder)),  # noqa: S108 a mount path, not a local folder
        "TABLECAST_BIND": "127.0.0.1",
        "PYTHONUNBUFFERED": "1",
    }
    if proxy:
        outside = {"http_proxy": proxy, "HTTP_PROXY": proxy}
        env |= {**outside, "no_proxy": "127.0.0.1,localhost", "NO_PROXY": "127.0.0.1,localhost"}
    return env


def _expanded(text: str, env: Mapping[str, str]) -> str:
    return _REFERENCE.sub(lambda found: env.get(found[1], found[0]), text)


async def _whole(cluster: Cluster, namespace: str, source: dict[str, Any]) -> dict[str, str]:
    kind, reference = (
        (SECRET, "secretRef") if "secretRef" in source else (CONFIG_MAP, "configMapRef")
    )
    prefix = source.get("prefix", "")
    try:
        found = await cluster.get(kind, namespace, source[reference]["name"])
    except ObjectMissing as error:
        raise ConfigMissing(str(error)) from error
    return {prefix + key: value.decode() for key, value in data_of(found).items()}


async def _from(
    cluster: Cluster, pod: Manifest, container: dict[str, Any], source: dict[str, Any]
) -> str:
    if "fieldRef" in source:
        return _field(pod, source["fieldRef"]["fieldPath"])
    if "resourceFieldRef" in source:
        return _resource(container, source["resourceFieldRef"]["resource"])
    kind, reference = (
        (SECRET, "secretKeyRef") if "secretKeyRef" in source else (CONFIG_MAP, "configMapKeyRef")
    )
    wanted = source.get(reference)
    if wanted is None:
        raise ConfigMissing(f"no value can be had from {', '.join(source)} on this node")
    try:
        found = await cluster.get(kind, pod["metadata"]["namespace"], wanted["name"])
    except ObjectMissing as error:
        if wanted.get("optional"):
            return ""
        raise ConfigMissing(f'{kind.kind.lower()} "{wanted["name"]}" not found') from error
    data = data_of(found)
    if wanted["key"] not in data and not wanted.get("optional"):
        message = f"couldn't find key {wanted['key']} in {kind.kind} {wanted['name']}"
        raise ConfigMissing(message)
    return data.get(wanted["key"], b"").decode()


def _resource(container: dict[str, Any], name: str) -> str:
    """A container's own limit or request in whole units, as without a divisor."""
    section, _, resource = name.partition(".")
    found = container.get("resources", {}).get(section, {}).get(resource, 0)
    return str(math.ceil(amount(found)))


def _field(pod: Manifest, path: str) -> str:
    if keyed := _KEYED_FIELD.fullmatch(path):
        return str((pod["metadata"].get(keyed[1]) or {}).get(keyed[2], ""))
    if path in ("status.podIP", "status.hostIP"):
        return "127.0.0.1"
    section, _, name = path.partition(".")
    return str(pod.get(section, {}).get(name, ""))
