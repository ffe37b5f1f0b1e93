"""A process to be killed: a cluster that runs a workflow whose steps wait until they may go on.

Each step writes its pid and that of a child with a session of its own to <claim>/<step>.pids.
Once <state>/go is there steps no longer wait; before that each goes on after a second, so that
the next one can be met too.
"""

import asyncio
import sys
from pathlib import Path

from tablecast.cluster.embedded.cluster import EmbeddedCluster

from .manifests import claim, namespace, step, workflow

SPACE = "tc-victim"

STEP = """
import json, os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"],
                         start_new_session=True)
name = {name!r}
with open(os.environ["DATA"] + "/" + name + ".pids", "a") as file:
    print(json.dumps([os.getpid(), child.pid]), file=file)
end = time.monotonic() + 1
while time.monotonic() < end and not os.path.exists({go!r}):
    time.sleep(0.01)
open(os.environ["RESULT"], "w").write(name)
"""


async def main(state: Path) -> None:
    cluster = EmbeddedCluster(state)
    await cluster.create(namespace(SPACE))
    await cluster.create(claim(SPACE))
    go = str(state / "go")
    names = ("preprocess", "features", "train")
    steps = [step(name, STEP.format(name=name, go=go)) for name in names]
    await cluster.create(workflow(SPACE, "t1", *steps))
    await cluster.run()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
