"""Subscriptions: subscribe to the hub, read the snapshot, then follow. Only graphql-transport-ws.

What is delivered is read afresh each time, and only while the asker may still see it.
"""
