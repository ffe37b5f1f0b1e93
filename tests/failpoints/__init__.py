"""Failpoints: before and after every commit, cluster call and mark, something can go wrong on purpose.

They live here and nowhere else: nothing in src knows of them, so none is reachable in production.

    python -m tests.failpoints kill 1        every point, a replica killed at its first hit
"""
