"""Typed clients of the HTTP servers that run in a project: its datastore and its model servers.

They speak only the port's `request`, translate answers into values and errors into ours.
"""
