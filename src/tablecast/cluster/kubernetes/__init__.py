"""A real Kubernetes behind the port: the only room that knows `kubernetes_asyncio`.

That library finds the configuration and renews credentials (`configuration`, `access`); REST, list and
watch are our own (`server`, `reading`, `cluster`), and so is what an answer means (`answers`) and the way
to pods and Services (`requests`). Imported only where a real cluster is chosen: it weighs 66 MiB.
"""
