"""Settings: read once from the environment (`TABLECAST_…`), frozen, each with its unit and reason."""

from functools import cached_property
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tablecast.errors import TablecastError

MIB = 1 << 20
GIB = 1 << 30
DAY = 86_400


class SettingsRefused(TablecastError):
    """A setting's value cannot be; the message names each variable and what would be right."""


class Limits(BaseSettings):
    """What one request, person or project may ask for. All are refused with a typed error."""

    model_config = SettingsConfigDict(env_prefix="TABLECAST_LIMIT_", frozen=True)

    query_characters: int = Field(15_000, description="characters of one GraphQL document")
    query_depth: int = Field(14, description="nested levels of one GraphQL operation")
    query_tokens: int = Field(2_000, description="lexical tokens of one GraphQL document")
    query_aliases: int = Field(15, description="aliases in one GraphQL document")
    query_directives: int = Field(50, description="directives in one GraphQL document")
    query_cost: int = Field(
        20_000,
        description="objects that one operation could ask for: page sizes multiplied down the tree",
    )
    body_bytes: int = Field(2 * MIB, description="bytes of one GraphQL request")
    page_size: int = Field(100, description="most nodes of one page; more makes slow pages")
    predict_rows: int = Field(1_000, description="rows of one predict; more belong in a batch")
    upload_bytes: int = Field(20 * GIB, description="bytes of one uploaded table")
    upload_seconds: int = Field(7 * 86_400, description="seconds an unfinished upload is kept")
    websocket_message_bytes: int = Field(64 * 1024, description="bytes of one websocket message")
    websocket_init_seconds: float = Field(
        3.0, description="seconds until a websocket must have sent connection_init"
    )
    subscriptions_per_connection: int = Field(100, description="open subscriptions of a websocket")
    projects_per_person: int = Field(100, description="projects that one person may own")
    running_trainings: int = Field(20, description="unfinished trainings of one project")
    time_budget_seconds: int = Field(3_600, description="most seconds a training may search")
    replicas: int = Field(10, description="most replicas of one serving")
    pools: int = Field(
        4,
        description="pools of shared models of one project, 1 GiB of memory a replica each; what "
        "is healed may open one more",
    )
    preview_rows: int = Field(200, description="rows that a preview can show")
    events_kept: int = Field(
        10_000,
        ge=100,
        description="feed events kept a project: older cursors get a Resync; fewer and who was away "
        "for an hour reads everything afresh, more and a busy project's table grows",
    )
    idempotency_seconds: int = Field(
        DAY,
        ge=60,
        description="seconds that an idempotency key is good for at least, and in any case until its "
        "operation is settled: shorter than clients retry makes repetitions new requests, longer "
        "keeps settled operations",
    )


class Settings(BaseSettings):
    """What the process as a whole is told."""

    model_config = SettingsConfigDict(env_prefix="TABLECAST_", frozen=True)

    database: str = Field(
        "sqlite://.tablecast/tablecast.db",
        description="sqlite://PATH or mysql://USER:PASSWORD@HOST:PORT/NAME (MySQL and MariaDB)",
    )
    migrations: Path = Field(
        Path("migrations"), description="folder of the migrations that `tablecast migrate` applies"
    )
    cluster: Literal["embedded", "kubernetes"] = Field(
        "kubernetes", description="a real Kubernetes, or the embedded one on this machine"
    )
    kubeconfig: str = Field(
        "",
        description="kubeconfig of a real cluster; empty: KUBECONFIG, else the account of the pod "
        "this runs in, else ~/.kube/config",
    )
    context: str = Field("", description="context of the kubeconfig; empty: its current one")
    state: Path = Field(Path(".tablecast"), description="folder of the embedded cluster's state")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(
        8000, ge=0, le=65_535, description="TCP port to listen on; 0 takes a free one"
    )
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65_535,
        description="TCP port of /metrics, on the same address; equal to `port`: there, for everybody "
        "to see; 0 takes a free one; none: not served",
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="lines of the log; auto: text on a terminal, JSON elsewhere"
    )
    traces_endpoint: str = Field(
        "",
        description="URL that traces are sent to by OTLP over HTTP (http://collector:4318/v1/traces), "
        "with the extra `traces` installed; empty: nowhere",
    )
    traces_share: float = Field(
        1.0,
        ge=0,
        le=1,
        description="share of the traces beginning here that are sent; a request's own traceparent "
        "says it for itself",
    )
    public_url: str = Field(
        "", description="address that people reach the API at, if not host:port"
    )
    secret: str = Field(
        "", description="at least 32 characters; signs tokens and derives each project's keys"
    )
    anonymous: str = Field(
        "", description="subject of a caller without a token; empty refuses them (production)"
    )
    jwks_file: Path | None = Field(
        None, description="JWK set that also verifies bearer tokens, beside those signed by secret"
    )
    audience: str = Field("tablecast", description="the `aud` that a bearer token must carry")
    allowed_origins: tuple[str, ...] = Field(
        (), description="websocket and CORS origins allowed beside the API's own"
    )
    explorer: bool = Field(True, description="serve GraphiQL and answer introspection")
    storage_class: str = Field("", description="StorageClass of a project's volume; empty: default")
    image_server: str = Field("tablecast/server:0.1", description="image of the datastore")
    image_preprocess: str = Field("tablecast/preprocess:0.1", description="image of the first step")
    image_features: str = Field("tablecast/features:0.1", description="image of the second step")
    image_train: str = Field("tablecast/train:0.1", description="image of the third step")
    image_serve: str = Field("tablecast/serve:0.1", description="image of the model server")
    lease_seconds: float = Field(
        30.0,
        description="how long a relay may hold an operation: too short doubles calls, too long "
        "delays what a killed replica held",
    )
    poll_seconds: float = Field(
        2.0, description="how often queues are looked at without a signal: the price of a lost one"
    )
    feed_seconds: float = Field(
        0.4,
        gt=0,
        description="how often the feeds that somebody follows are looked at for what other replicas "
        "wrote, one query for all: more often only asks, more seldom shows it later",
    )
    drain_seconds: float = Field(
        # Alone on this machine there is nobody who could go elsewhere.
        default_factory=lambda earlier: 0.0 if earlier.get("cluster") == "embedded" else 2.0,
        ge=0,
        description="how long, once told to end, /readyz says so while requests are still taken and "
        "websockets are sent elsewhere: shorter than a load balancer looks makes it meet a closed "
        "port, longer makes restarts slow; 2, embedded 0",
    )
    sweep_seconds: float = Field(60.0, description="how often rows and cluster are compared")
    housekeeping_seconds: float = Field(
        600.0,
        gt=0,
        description="how often what has outlived its time is looked for: more often only asks, more "
        "seldom keeps things longer than they have to be",
    )
    housekeeping_batch: int = Field(
        500,
        ge=1,
        le=10_000,
        description="rows removed by one statement: more hold their locks for long, fewer make a long "
        "queue of old rows slow to go",
    )
    keep_events_seconds: int = Field(
        30 * DAY,
        ge=0,
        description="seconds that a feed's events are kept, the newest one always: see also "
        "TABLECAST_LIMIT_EVENTS_KEPT",
    )
    keep_operations_seconds: int = Field(
        90 * DAY,
        ge=0,
        description="seconds that a settled operation is kept: shorter loses who asked for what, longer "
        "grows the largest table; what is unsettled and the newest of what exists always stay",
    )
    keep_attempts_seconds: int = Field(
        90 * DAY,
        ge=0,
        description="seconds after its end that an attempt which is not its training's newest keeps "
        "steps, trials, logs and files: shorter loses what failed, longer fills projects' volumes",
    )
    keep_uploads_seconds: int = Field(
        30 * DAY,
        ge=0,
        description="seconds that an upload which failed, or was thrown away, is shown",
    )
    load_seconds: float = Field(
        # A real pod sees a changed ConfigMap only after up to a minute, an embedded one at once.
        default_factory=lambda earlier: 15.0 if earlier.get("cluster") == "embedded" else 60.0,
        description="how long a model may load before it is made anew under the next revision: "
        "too short makes healthy pods load twice, too long leaves a lost one unserved; "
        "60, embedded 15",
    )
    step_start_seconds: int = Field(
        600,
        description="what a step gets beyond its work, for its image, its pod and its turn: too short "
        "and a slow registry fails trainings, too long and an image that is missing is reported late",
    )
    watch_silence_seconds: float = Field(
        70.0, description="silence after which a watch is taken for dead and opened again"
    )

    @cached_property
    def images(self) -> dict[str, str]:
        """Images by what runs in them: server, preprocess, features, train, serve."""
        names = ("server", "preprocess", "features", "train", "serve")
        return {name: str(getattr(self, f"image_{name}")) for name in names}

    def datastore_token(self, namespace: str) -> str:
        """The bearer token of one namespace's datastore, 64 hex digits."""
        return self._derived_key("datastore-token", namespace)

    def signing_key(self, namespace: str) -> str:
        """The key that signs one namespace's download URLs, 64 hex digits."""
        return self._derived_key("signing-key", namespace)

    def _derived_key(self, purpose: str, namespace: str) -> str:
        # Derived, so that nothing has to be stored and no two replicas can disagree.
        return digest(self.secret.encode(), f"{purpose}:{namespace}".encode(), sha256).hex()


def read_settings(**given: Any) -> Settings:
    """Settings from the environment, `given` ones before it; raises `SettingsRefused`."""
    try:
        return Settings(**given)
    except ValidationError as error:
        raise _refused(Settings, error) from error


def read_limits() -> Limits:
    """Limits from the environment; raises `SettingsRefused`."""
    try:
        return Limits()
    except ValidationError as error:
        raise _refused(Limits, error) from error


def _refused(settings: type[BaseSettings], error: ValidationError) -> SettingsRefused:
    prefix = settings.model_config.get("env_prefix", "")
    lines = [
        f"{prefix}{str(problem['loc'][0]).upper()}: {problem['msg']}" for problem in error.errors()
    ]
    return SettingsRefused("; ".join(lines))
