"""From a person's file to a typed table, in a child process that may die.

Nothing in this room trusts the file. Only here is pyarrow imported, and only after the process has
limited its own memory; whatever happens to it, the server goes on. The server itself imports nothing
of this room but `failure`, `limits` and `state`, which know no table.
"""
