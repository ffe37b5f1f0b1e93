"""The embedded cluster keeps the port's contract."""

from .contract import ClusterContract


class TestEmbedded(ClusterContract):
    """The contract, asked of the embedded cluster."""
