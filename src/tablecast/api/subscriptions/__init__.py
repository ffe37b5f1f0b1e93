"""Subscriptions: subscribe to the hub, read the snapshot, then follow. Only graphql-transport-ws.

What is delivered is read afresh each time, and only while the asker may still see it. A row's
subscription may be shared by all who ask for it alike; a feed and a log are told without a gap, to each
subscriber from a place of its own, and are not.
"""
