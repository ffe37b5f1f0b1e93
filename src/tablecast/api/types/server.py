"""The server itself: who asks, what one may ask for, which version answers."""

import strawberry
from strawberry import field

from tablecast.api.scalars import Long


@strawberry.type(description="Who you are to this server.")
class Viewer:
    subject: str = field(description="The `sub` of your token.")
    admin: bool = field(description="Whether you may do everything in every project.")


@strawberry.type(description="What one request, person or project may ask for.")
class ServerLimits:
    query_characters: int = field(description="Characters of one GraphQL document.")
    query_depth: int = field(description="Nested levels of one operation.")
    query_tokens: int = field(description="Lexical tokens of one GraphQL document.")
    query_aliases: int = field(description="Aliases in one GraphQL document.")
    query_directives: int = field(description="Directives in one GraphQL document.")
    query_cost: int = field(description="Objects that one operation could ask for.")
    body_bytes: int = field(description="Bytes of one GraphQL request.")
    page_size: int = field(description="Nodes of one page.")
    predict_rows: int = field(description="Rows of one `predict`.")
    upload_bytes: Long = field(description="Bytes of one upload.")
    upload_seconds: int = field(description="Seconds that an unfinished upload is kept.")
    websocket_message_bytes: int = field(description="Bytes of one websocket message.")
    subscriptions_per_connection: int = field(description="Open subscriptions of one websocket.")
    projects_per_person: int = field(description="Projects that one person may own.")
    running_trainings: int = field(description="Unfinished trainings of one project.")
    time_budget_seconds: int = field(description="Seconds that a training may search.")
    replicas: int = field(description="Replicas of one serving.")
    pools: int = field(description="Pools of shared models of one project.")
    preview_rows: int = field(description="Rows that a preview can show.")
    events_kept: int = field(description="Events kept in a project's feed.")
    idempotency_seconds: int = field(
        description="Seconds that an idempotency key is good for at least, counted from the request; it "
        "is so for longer while its operation is unsettled."
    )
