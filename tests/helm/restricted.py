"""Pod Security "restricted" as a function: what a pod's spec says that the profile does not allow."""

from collections.abc import Iterator

from tests.helm.charts import Manifest, containers

VOLUMES = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral"),
    *("persistentVolumeClaim", "projected", "secret"),
}
HOST = ("hostNetwork", "hostPID", "hostIPC")


def violations(pod: Manifest) -> list[str]:
    """What would be refused, each as a sentence's beginning; empty for a pod that may run."""
    return [*_of_pod(pod), *(told for each in containers(pod) for told in _of_container(each, pod))]


def _of_pod(pod: Manifest) -> Iterator[str]:
    yield from (f"{name} is set" for name in HOST if pod.get(name))
    for volume in pod.get("volumes", []):
        if not set(volume) & VOLUMES:
            yield f"volume {volume['name']} is of a kind that is not allowed"


def _of_container(container: Manifest, pod: Manifest) -> Iterator[str]:
    own = container.get("securityContext", {})
    both = pod.get("securityContext", {}) | own
    name = container["name"]
    if both.get("runAsNonRoot") is not True or both.get("runAsUser") == 0:
        yield f"{name} may run as root"
    if both.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        yield f"{name} has no seccomp profile"
    if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
        yield f"{name} may become more than it is"
    capabilities = own.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []) or capabilities.get("add"):
        yield f"{name} has capabilities"
    if any("hostPort" in port for port in container.get("ports", [])):
        yield f"{name} takes a port of its node"
