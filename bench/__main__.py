"""`python -m bench`: run every benchmark, or those named."""

import asyncio
import sys

from bench import crowd, etcd, fanout, latency, lists, projecting, replicas, retention, watch

BENCHES = {
    "crowd": crowd.main,
    "etcd": etcd.main,
    "fanout": fanout.main,
    "latency": latency.main,
    "lists": lists.main,
    "projecting": projecting.main,
    "replicas": replicas.main,
    "retention": retention.main,
    "watch": watch.main,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHES:
        print(f"== {name}", flush=True)
        asyncio.run(BENCHES[name]())
