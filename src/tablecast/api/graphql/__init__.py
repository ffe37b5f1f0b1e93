"""GraphQL on its two ways in: HTTP POST, and websockets by graphql-transport-ws, nothing else.

What arrives is checked before it is used, and what goes wrong is told without giving anything away. What
several subscribers ask alike, with the same rights, is executed and encoded once (source.py).
"""
