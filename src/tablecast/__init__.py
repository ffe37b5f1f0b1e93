"""Tablecast's server: trains tabular models with Argo Workflows and serves them with KServe.

Intent goes out, facts come back: a mutation writes a row and its operation, the relay makes the
cluster match the row, informers project what the cluster says onto the row, and subscribers hear it.
"""
