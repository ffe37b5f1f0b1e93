"""A pod's volumes as local folders.

Claims are kept under the state folder by namespace, name and uid until the claim is gone; all
else lives in the pod's own folder and goes with it.
"""

import asyncio
import base64
import contextlib
import os
import shutil
from pathlib import Path
from typing import Any

from tablecast.cluster.embedded.reconciler import Key
from tablecast.cluster.port import CONFIG_MAP, SECRET, VOLUME_CLAIM, Cluster, Manifest
from tablecast.errors import ObjectMissing


class VolumeMissing(Exception):
    """A volume's claim, ConfigMap or Secret is not there (yet)."""

    def __init__(self, message: str, *, unschedulable: bool) -> None:
        super().__init__(message)
        self.unschedulable = unschedulable


class Volumes:
    """Makes and removes the folders behind volumes."""

    def __init__(self, cluster: Cluster, state: Path, manager: str) -> None:
        self._cluster = cluster
        self.state = state
        self._claims = state / "claims"
        self._pods = state / "pods"
        self._manager = manager

    def pod_folder(self, uid: str) -> Path:
        """Return the folder of a pod."""
        return self._pods / uid

    async def prepare(self, pod: Manifest) -> dict[str, Path]:
        """Return a folder for each volume name; `VolumeMissing` where one cannot be had."""
        return {v["name"]: await self._one(pod, v) for v in pod["spec"].get("volumes", [])}

    async def refresh(self, pod: Manifest) -> None:
        """Write changed ConfigMaps and Secrets into a running pod's volumes."""
        for volume in pod["spec"].get("volumes", []):
            if "configMap" in volume or "secret" in volume:
                # one that is gone keeps its last files, as on a real node
                with contextlib.suppress(VolumeMissing):
                    await self._one(pod, volume)

    async def remove_pod(self, uid: str) -> None:
        """Remove a pod's folder."""
        await asyncio.to_thread(shutil.rmtree, self.pod_folder(uid), ignore_errors=True)

    def pods_kept(self) -> list[str]:
        """Return the uids of pods that have a folder."""
        return [entry.name for entry in self._pods.iterdir()] if self._pods.exists() else []

    def claims_kept(self) -> list[Key]:
        """Return the claims that have a folder."""
        found = self._claims.glob("*/*") if self._claims.exists() else ()
        return [Key(entry.parent.name, entry.name.rpartition(".")[0]) for entry in found]

    async def reclaim(self, key: Key) -> None:
        """Remove the folders of a claim that is gone."""
        try:
            claim = await self._cluster.get(VOLUME_CLAIM, key.namespace, key.name)
            uid = claim["metadata"]["uid"]
        except ObjectMissing:
            uid = ""
        for folder in (self._claims / key.namespace).glob(f"{key.name}.*"):
            if folder.name != f"{key.name}.{uid}":
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _one(self, pod: Manifest, volume: dict[str, Any]) -> Path:
        namespace = pod["metadata"]["namespace"]
        if "persistentVolumeClaim" in volume:
            return await self._claim(namespace, volume["persistentVolumeClaim"]["claimName"])
        folder: Path = self.pod_folder(pod["metadata"]["uid"]) / "volumes" / volume["name"]
        folder.mkdir(parents=True, exist_ok=True)
        if "configMap" in volume:
            source = volume["configMap"]
            texts = await self._data(namespace, source["name"], source, secret=False)
            _write_files(folder, texts)
        elif "secret" in volume:
            source = volume["secret"]
            texts = await self._data(namespace, source["secretName"], source, secret=True)
            _write_files(folder, texts)
        return folder

    async def _claim(self, namespace: str, name: str) -> Path:
        try:
            claim = await self._cluster.get(VOLUME_CLAIM, namespace, name)
        except ObjectMissing as error:
            message = f'persistentvolumeclaim "{name}" not found'
            raise VolumeMissing(message, unschedulable=True) from error
        folder: Path = self._claims / namespace / f"{name}.{claim['metadata']['uid']}"
        folder.mkdir(parents=True, exist_ok=True)
        if claim.get("status", {}).get("phase") != "Bound":
            await self._bind(claim)
        return folder

    async def _bind(self, claim: Manifest) -> None:
        metadata = {key: claim["metadata"][key] for key in ("name", "namespace", "uid")}
        requests = claim.get("spec", {}).get("resources", {}).get("requests", {})
        status = {"phase": "Bound", "capacity": requests}
        await self._cluster.apply(
            {"apiVersion": "v1", "kind": claim["kind"], "metadata": metadata, "status": status},
            manager=self._manager,
            subresource="status",
        )

    async def _data(
        self, namespace: str, name: str, source: dict[str, Any], *, secret: bool
    ) -> dict[str, bytes]:
        try:
            found = await self._cluster.get(SECRET if secret else CONFIG_MAP, namespace, name)
        except ObjectMissing as error:
            if source.get("optional"):
                return {}
            message = f'{"secret" if secret else "configmap"} "{name}" not found'
            raise VolumeMissing(message, unschedulable=False) from error
        texts = data_of(found)
        paths = {item["key"]: item["path"] for item in source.get("items", [])}
        return {paths.get(k, k): v for k, v in texts.items() if not paths or k in paths}


def container_folder(state: Path, uid: str, container: str) -> Path:
    """Return a container's own folder: working directory, logs, termination message."""
    return state / "pods" / uid / "containers" / container


def data_of(manifest: Manifest) -> dict[str, bytes]:
    """Return the values of a ConfigMap or a Secret."""
    data = manifest.get("data") or {}
    if manifest["kind"] == SECRET.kind:
        return {key: base64.b64decode(value) for key, value in data.items()}
    binary = manifest.get("binaryData") or {}
    decoded = {key: base64.b64decode(value) for key, value in binary.items()}
    return {key: value.encode() for key, value in data.items()} | decoded


def _write_files(folder: Path, texts: dict[str, bytes]) -> None:
    """Make the folder hold these files, each replaced as a whole."""
    for name, content in texts.items():
        path = folder / name
        if path.exists() and path.read_bytes() == content:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(content)
        os.replace(fresh, path)
    for path in folder.iterdir():
        if path.is_file() and path.name not in texts:
            path.unlink()
