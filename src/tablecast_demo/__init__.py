"""The main job as anybody's client would do it: everything goes through the public API.

A stranger to the server: it starts `tablecast dev` as a process of its own and speaks HTTP,
websockets and tus with it.
"""
