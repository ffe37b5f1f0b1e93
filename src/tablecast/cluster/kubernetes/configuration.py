"""Which cluster and who we are there: a kubeconfig's context, or the pod's own service account.

Read by `kubernetes_asyncio`, which knows every way to log in: tokens and token files, client
certificates, exec plugins, OIDC.
"""

import asyncio
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from kubernetes_asyncio.client import Configuration
from kubernetes_asyncio.config import ConfigException, load_kube_config
from kubernetes_asyncio.config.incluster_config import (
    SERVICE_CERT_FILENAME,
    SERVICE_TOKEN_FILENAME,
    InClusterConfigLoader,
)

from tablecast.errors import TablecastError

# What the library raises, or lets through, for files and plugins that are not as they should be.
UNREADABLE = (
    ConfigException,
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    AssertionError,
    yaml.YAMLError,
    asyncio.TimeoutError,
)

# An exec plugin that asks somebody a question would ask for ever.
PLUGIN_SECONDS = 60.0


class ConfigurationRefused(TablecastError):
    """There is no usable configuration; the message says what to set."""


@dataclass(frozen=True)
class Credentials:
    """How to reach an API server and be let in.

    `server` is its URL, `headers` say who we are, `tls` verifies it and holds the client's
    certificate, `server_name` is whom the certificate must name if not the URL's host.
    """

    server: str
    headers: Mapping[str, str]
    tls: ssl.SSLContext | bool
    server_name: str | None = None
    proxy: str | None = None


class Loaded:
    """A configuration that was read, and can renew what runs out without reading it all again."""

    def __init__(self, configuration: Any, loader: Any = None) -> None:
        self._configuration = configuration
        self._loader = loader
        self._tls: tuple[tuple[Any, ...], ssl.SSLContext] | None = None

    async def credentials(self) -> Credentials:
        """Return what is valid now: token files are read again, plugins asked when it is time."""
        if self._loader is not None:
            async with asyncio.timeout(PLUGIN_SECONDS):
                await self._loader.load_and_set(self._configuration)
        token = await self._configuration.get_api_key_with_prefix("BearerToken")
        return Credentials(
            server=self._configuration.host.rstrip("/"),
            headers={"Authorization": token} if token else {},
            tls=self._context() if self._configuration.host.startswith("https") else True,
            server_name=self._configuration.tls_server_name,
            proxy=self._configuration.proxy,
        )

    def _context(self) -> ssl.SSLContext:
        """The same context as long as the files are: connections are kept by it."""
        told = self._configuration
        files = (told.ssl_ca_cert, told.cert_file, told.key_file, told.verify_ssl)
        if self._tls is None or self._tls[0] != files:
            self._tls = (files, _context(*files))
        return self._tls[1]


def _context(authority: str, certificate: str, key: str, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority)
    # Python 3.13 wants extensions in an authority that many clusters' own lack; Kubernetes does not.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if certificate:
        context.load_cert_chain(certificate, keyfile=key)
    if not verify:
        # only where the kubeconfig itself says insecure-skip-tls-verify
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def load(kubeconfig: str, context: str) -> Loaded:
    """Read a kubeconfig's context; with no `kubeconfig` the pod's own account.

    Raises `ConfigurationRefused` with what is wrong and what to set.
    """
    if not kubeconfig:
        return _in_cluster()
    _check(kubeconfig, context)
    configuration = Configuration()
    try:
        async with asyncio.timeout(PLUGIN_SECONDS):
            loader = await load_kube_config(kubeconfig, context or None, configuration)
    except UNREADABLE as error:
        raise ConfigurationRefused(f"The kubeconfig {kubeconfig} is of no use: {error}.") from error
    return Loaded(configuration, loader)


def _in_cluster() -> Loaded:
    configuration = Configuration()
    try:
        loader = InClusterConfigLoader(SERVICE_TOKEN_FILENAME, SERVICE_CERT_FILENAME)
        loader.load_and_set(configuration)
    except UNREADABLE as error:
        raise ConfigurationRefused(
            f"There is no kubeconfig and no service account of a pod ({error}): "
            "set TABLECAST_KUBECONFIG or KUBECONFIG, or TABLECAST_CLUSTER=embedded."
        ) from error
    return Loaded(configuration)


def chosen(kubeconfig: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return the kubeconfig's path or paths, "" for the pod's own account.

    What is set comes first, then KUBECONFIG, then the pod's own account, then kubectl's default.
    """
    if kubeconfig or environment.get("KUBECONFIG"):
        return kubeconfig or environment["KUBECONFIG"]
    default = Path.home() / ".kube" / "config"
    in_pod = "KUBERNETES_SERVICE_HOST" in environment and Path(SERVICE_TOKEN_FILENAME).exists()
    return "" if in_pod or not default.exists() else str(default)


def _check(kubeconfig: str, context: str) -> None:
    paths = [Path(path).expanduser() for path in kubeconfig.split(os.pathsep) if path]
    present = [path for path in paths if path.is_file()]
    if not present:
        raise ConfigurationRefused(
            f"There is no kubeconfig at {kubeconfig}: set TABLECAST_KUBECONFIG or KUBECONFIG."
        )
    known = sorted({name for path in present for name in _contexts(path)})
    if context and context not in known:
        raise ConfigurationRefused(
            f'The kubeconfig {kubeconfig} has no context "{context}": '
            f"set TABLECAST_CONTEXT to one of {', '.join(known) or 'none'}."
        )


def _contexts(path: Path) -> list[str]:
    try:
        return [str(one["name"]) for one in yaml.safe_load(path.read_text())["contexts"] or []]
    except UNREADABLE as error:
        raise ConfigurationRefused(
            f"The file {path} is no kubeconfig: kubectl config view shows one."
        ) from error
