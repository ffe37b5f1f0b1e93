"""Wishes go out: the relay claims operations, a handler a noun makes the cluster match its row."""
