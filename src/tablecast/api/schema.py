"""The schema, whole: what every room of the API makes of it, with limits and masking added outside."""

import time
from collections.abc import Callable, Iterator, Sequence

import strawberry
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig

from tablecast.api.execution import RowExecution
from tablecast.api.graphql.errors import Schema
from tablecast.api.measuring import measure
from tablecast.api.mutations.datasets import DatasetMutations
from tablecast.api.mutations.drifts import DriftMutations
from tablecast.api.mutations.projects import ProjectMutations
from tablecast.api.mutations.servings import ServingMutations
from tablecast.api.mutations.trainings import TrainingMutations
from tablecast.api.queries import Query
from tablecast.api.scalars import SCALARS
from tablecast.api.subscriptions.root import Subscription
from tablecast.api.views import read


@strawberry.type(description="What can be done. Each takes one input and answers with a union.")
class Mutation(
    ProjectMutations, DatasetMutations, TrainingMutations, ServingMutations, DriftMutations
):
    pass


class OwnContext(SchemaExtension):
    """Gives each operation a context of its own, and measures it: one extension, as each has its price.

    A websocket has one context for all of its operations.
    """

    def on_operation(self) -> Iterator[None]:
        began = time.perf_counter()
        self.execution_context.context = self.execution_context.context.fresh()
        try:
            yield
        finally:
            # A document that cannot be read ends it by an exception.
            measure(self.execution_context, time.perf_counter() - began)


Extension = type[SchemaExtension] | Callable[[], SchemaExtension]


def build_schema(extensions: Sequence[Extension] = ()) -> strawberry.Schema:
    """Build the schema with these extensions, run inside of our own."""
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        extensions=[OwnContext, *extensions],
        execution_context_class=RowExecution,
        config=StrawberryConfig(scalar_map=SCALARS, default_resolver=read),
    )
