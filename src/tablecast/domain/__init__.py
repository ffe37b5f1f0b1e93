"""What is true and what people may do: a module a noun, each deed one transaction.

A deed writes its row, its operation and its events together or not at all. This room never calls the
cluster: it leaves operations for the relay, and facts reach it from projections.
"""
