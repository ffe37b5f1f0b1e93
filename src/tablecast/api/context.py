"""What a resolver is given: who asks, what serves them, and loaders that live for one operation.

A websocket has one context for as long as it is open; each operation on it gets a fresh copy, and a
subscription a fresh set of loaders for each delivery, so that nothing shown is older than that.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from strawberry.types import Info

from tablecast.api.loaders import Loaders
from tablecast.domain.deeds import Asked
from tablecast.live import Renewal
from tablecast.settings import Limits, Settings

if TYPE_CHECKING:
    from tablecast.clients.datastore import DatastoreClient
    from tablecast.clients.inference import InferenceClient


@dataclass(frozen=True)
class Principal:
    """Who asks: a token's subject. `expires_at` is unix seconds, None where it never ends."""

    subject: str
    admin: bool = False
    expires_at: float | None = None


@dataclass(frozen=True)
class Services:
    """What the API speaks with beside the database, and what it is told."""

    datastore: "DatastoreClient"
    inference: "InferenceClient"
    settings: Settings
    limits: Limits


@dataclass
class Context:
    """One operation's context. `connection_params` is a websocket's connection_init payload.

    By `renewal` those who come to share a subscription have its row shown once more.
    """

    principal: Principal
    services: Services
    connection_params: dict[str, Any] | None = None
    renewal: Renewal = field(default_factory=Renewal)
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Forget what was loaded, roles too: the next look at anything is at the database."""
        self.loaders = Loaders(self.asked())

    def fresh(self) -> "Context":
        """A copy that has loaded nothing, for one operation."""
        return Context(self.principal, self.services, self.connection_params, self.renewal)

    def asked(self, key: str | None = None, fingerprint: str = "") -> Asked:
        """Who asks the domain, and under which idempotency key."""
        return Asked(self.principal.subject, self.principal.admin, key, fingerprint)

    @property
    def limits(self) -> Limits:
        """What one request may ask for."""
        return self.services.limits


Asking: TypeAlias = Info[Context, None]
