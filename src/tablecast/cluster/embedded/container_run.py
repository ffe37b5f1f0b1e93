"""One container of a pod: started, probed, ended and begun again as its pod's policy says."""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tablecast.cluster.embedded import environment, moment
from tablecast.cluster.embedded.containers import Command, Container, Ended, StartFailed
from tablecast.cluster.embedded.environment import ConfigMissing, Rewriting
from tablecast.cluster.embedded.node import Node, ports_of
from tablecast.cluster.embedded.pod_status import ContainerState
from tablecast.cluster.embedded.probes import Prober
from tablecast.cluster.embedded.quantity import amount
from tablecast.cluster.embedded.volumes import VolumeMissing
from tablecast.cluster.port import Manifest

# kubelet's own: at once the first time, then 10 s doubled up to 5 min, anew after 10 good minutes
_BACK_OFF = (10.0, 300.0, 600.0)
_PULL_BACK_OFF = (10.0, 300.0)
_RETRY_CONFIG_SECONDS = 2.0
_MESSAGE_BYTES = 4096
_LOG_TAIL_BYTES = 2048


class ContainerRun:
    """Runs one container of `pod` until it is over; `changed` is called on every new state."""

    def __init__(
        self,
        node: Node,
        pod: Manifest,
        spec: dict[str, Any],
        state: ContainerState,
        volumes: dict[str, Path],
        changed: Callable[[], None],
    ) -> None:
        self._node = node
        self._pod = pod
        self._spec = spec
        self.state = state
        self._volumes = volumes
        self._changed = changed
        self._uid = pod["metadata"]["uid"]
        self._folder = node.container_folder(self._uid, spec["name"])
        self._message_path = Path()
        self._failures = 0

    async def run(self, stop: asyncio.Event, policy: str) -> None:
        """Run until it has ended for good under the restart `policy`, or `stop` is set."""
        if await self._image_is_here(stop):
            while not stop.is_set():
                began = asyncio.get_running_loop().time()
                if not await self._once(stop) or stop.is_set():
                    return
                code = self.state.terminated["exitCode"] if self.state.terminated else 0
                if policy == "Never" or (policy == "OnFailure" and code == 0):
                    return
                await self._back_off(stop, asyncio.get_running_loop().time() - began)

    async def _image_is_here(self, stop: asyncio.Event) -> bool:
        image = self._spec["image"]
        delay, longest = _PULL_BACK_OFF
        problem = f'failed to pull and unpack image "{image}": not found on this machine'
        while not self._node.has_image(image):
            self._wait_for("ErrImagePull", problem)
            if await _passed(stop, min(1.0, delay)):
                return False
            message = f'Back-off pulling image "{image}": ErrImagePull: {problem}'
            self._wait_for("ImagePullBackOff", message)
            if await _passed(stop, delay):
                return False
            delay = min(delay * 2, longest)
        return True

    async def _once(self, stop: asyncio.Event) -> bool:
        """Start it and wait for its end; False where it was stopped before it could start."""
        while True:
            try:
                command = await self._command()
                break
            except (ConfigMissing, VolumeMissing, OSError) as error:
                self._wait_for("CreateContainerConfigError", str(error))
            if await _passed(stop, _RETRY_CONFIG_SECONDS):
                return False
        id_ = f"{self._node.name}:{self._uid}:{self._spec['name']}:{self.state.restart_count}"
        try:
            container = await self._node.containers.start(id_, command)
        except StartFailed as error:
            self._terminate(moment.now(), Ended(128, False), reason="StartError", words=str(error))
            return True
        await self._live(container, stop)
        return True

    async def _live(self, container: Container, stop: asyncio.Event) -> None:
        started_at = moment.now()
        self._become({"running": {"startedAt": started_at}})
        prober = Prober(self._node.session, self._spec, ports_of(self._pod))
        dead = asyncio.Event()
        probing = asyncio.create_task(prober.run(self._is_started, self._is_ready, dead.set))
        try:
            ended = await self._until_end(container, stop, dead)
        finally:
            probing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await probing
        self._terminate(started_at, ended)

    async def _until_end(
        self, container: Container, stop: asyncio.Event, dead: asyncio.Event
    ) -> Ended:
        ending = asyncio.create_task(container.wait())
        waits = [asyncio.create_task(event.wait()) for event in (stop, dead)]
        try:
            await asyncio.wait([ending, *waits], return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():
                await self._end(container, ending)
            return await ending
        finally:
            for task in (ending, *waits):
                task.cancel()

    async def _end(self, container: Container, ending: asyncio.Task[Ended]) -> None:
        container.signal(signal.SIGTERM)
        grace = self._pod["spec"].get("terminationGracePeriodSeconds", 30)
        await asyncio.wait([ending], timeout=grace)
        if not ending.done():
            container.signal(signal.SIGKILL)

    async def _command(self) -> Command:
        mounts = environment.mounted(self._spec, self._volumes)
        self._folder.mkdir(parents=True, exist_ok=True)
        mounts.setdefault("/dev/termination-log", self._folder / "termination-log")
        rewrite = Rewriting(mounts, ports_of(self._pod))
        asked = await environment.variables(self._node.cluster, self._pod, self._spec, rewrite)
        around = environment.surroundings(self._folder, mounts, self._node.proxy)
        path = self._spec.get("terminationMessagePath") or "/dev/termination-log"
        self._message_path = Path(rewrite(path))
        self._message_path.unlink(missing_ok=True)
        limits = self._spec.get("resources", {}).get("limits", {})
        return Command(
            argv=environment.arguments(self._spec, asked, rewrite),
            env=around | asked,
            cwd=Path(rewrite(self._spec["workingDir"]))
            if "workingDir" in self._spec
            else self._folder,
            log=self._folder / f"{self.state.restart_count}.log",
            memory=int(amount(limits.get("memory", 0))),
        )

    def _terminate(
        self, started_at: str, ended: Ended, *, reason: str = "", words: str = ""
    ) -> None:
        by_code = "Completed" if ended.code == 0 else "Error"
        terminated = {
            "exitCode": ended.code,
            "reason": reason or ("OOMKilled" if ended.oom else by_code),
            "startedAt": started_at,
            "finishedAt": moment.now(),
        }
        if message := words or self._message(ended.code):
            terminated["message"] = message
        self._become({"terminated": terminated})

    def _message(self, code: int) -> str:
        with contextlib.suppress(OSError), self._message_path.open("rb") as file:
            return file.read(_MESSAGE_BYTES).decode(errors="replace")
        if code and self._spec.get("terminationMessagePolicy") == "FallbackToLogsOnError":
            with contextlib.suppress(OSError):
                log = (self._folder / f"{self.state.restart_count}.log").read_bytes()
                return log[-_LOG_TAIL_BYTES:].decode(errors="replace")
        return ""

    async def _back_off(self, stop: asyncio.Event, lived: float) -> None:
        first, longest, good = _BACK_OFF
        self._failures = 1 if lived > good else self._failures + 1
        if self._failures > 1:
            delay = min(longest, first * 2.0 ** (self._failures - 2))
            self.state.last_state = self.state.state
            name = f"{self._pod['metadata']['name']}_{self._pod['metadata']['namespace']}"
            self._wait_for(
                "CrashLoopBackOff",
                f"back-off {delay:g}s restarting failed container={self._spec['name']} pod={name}",
            )
            if await _passed(stop, delay):
                return
        else:
            self.state.last_state = self.state.state
        self.state.restart_count += 1
        old = self._folder / f"{self.state.restart_count - 2}.log"
        old.unlink(missing_ok=True)

    def _wait_for(self, reason: str, message: str) -> None:
        self._become({"waiting": {"reason": reason, "message": message}})

    def _become(self, state: dict[str, Any]) -> None:
        self.state.state = state
        self.state.ready = self.state.started = False
        self._changed()

    def _is_started(self) -> None:
        self.state.started = True
        self._changed()

    def _is_ready(self, ready: bool) -> None:
        self.state.ready = ready
        self._changed()


async def _passed(stop: asyncio.Event, seconds: float) -> bool:
    """Wait `seconds`, or less where `stop` is set meanwhile; say whether it was."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
    return stop.is_set()


def resumed(spec: dict[str, Any], before: dict[str, Any] | None, policy: str) -> ContainerState:
    """Return a container's state as this life of the node finds it: what ran begins again."""
    state = ContainerState(
        spec["name"], spec["image"], {"waiting": {"reason": "ContainerCreating"}}
    )
    if before is None:
        return state
    state.restart_count, state.last_state = before["restartCount"], before["lastState"]
    was = before["state"]
    if "running" in was:
        state.restart_count += 1
        state.last_state = {"terminated": _cut_off(was["running"]["startedAt"])}
    elif "terminated" in was and policy == "Always":
        state.restart_count += 1
        state.last_state = was
    elif "terminated" in was:
        state.state = was
    elif was.get("waiting", {}).get("reason") == "CrashLoopBackOff":
        state.restart_count += 1
    return state


def _cut_off(started_at: str) -> dict[str, Any]:
    return {
        "exitCode": 137,
        "reason": "Error",
        "message": "the node was restarted",
        "startedAt": started_at,
        "finishedAt": moment.now(),
    }
