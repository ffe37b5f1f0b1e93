"""`python -m bench.listeners HOST:PORT TRAINING COUNT alike|apart`: that many websockets in a process.

Each follows the training, asking alike or each under a name of its own. Prints "ready" once all have
heard how it is, and when its input ends how many messages came since, and their delays in milliseconds.
"""

import asyncio
import json
import sys
import time

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tablecast_demo.documents import FOLLOW_TRAINING


async def main(address: str, training: str, count: int, apart: bool) -> None:
    """Listen until the input ends."""
    delays: list[float] = []
    sockets = [await _listener(address, training, n if apart else 0) for n in range(count)]
    listening = [asyncio.create_task(_hear(socket, delays)) for socket in sockets]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in listening:
        task.cancel()
    await asyncio.wait(listening)
    delays.sort()
    print(json.dumps([len(delays), delays[len(delays) // 2], delays[int(len(delays) * 0.99)]]))


async def _listener(address: str, training: str, number: int) -> ClientConnection:
    socket = await connect(
        f"ws://{address}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None
    )
    await socket.send('{"type":"connection_init"}')
    await socket.recv()
    query = FOLLOW_TRAINING.replace("subscription", f"subscription F{number}", 1)
    payload = {"query": query, "variables": {"id": training}}
    await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
    await socket.recv()
    return socket


async def _hear(socket: ClientConnection, delays: list[float]) -> None:
    async for frame in socket:
        told = json.loads(frame)["payload"]["data"]["training"]["message"]
        if told:
            delays.append((time.time() - float(told)) * 1000)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "apart"))
