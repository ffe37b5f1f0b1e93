"""The small server beside a project's volume: uploads, tables, artifacts, logs.

It runs as a process of its own and imports nothing else of Tablecast. User data is parsed only in a
memory-limited child.
"""
