"""What handlers may use: the cluster, the datastores in it, and settings."""

from dataclasses import dataclass, field

from tablecast.clients.datastore import DatastoreClient
from tablecast.cluster.port import Cluster
from tablecast.settings import Limits, Settings


@dataclass(frozen=True)
class Context:
    """Handed to every handler."""

    cluster: Cluster
    datastore: DatastoreClient
    settings: Settings
    limits: Limits = field(default_factory=Limits)
