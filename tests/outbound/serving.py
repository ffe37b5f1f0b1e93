"""Servings brought into the fake cluster, and what their names and states are."""

from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.states import Noun, Verb
from tablecast.domain.tables import ModelVersion, Operation, Revision, Serving
from tablecast.outbound.context import Context
from tests.domain.world import a_serving
from tests.outbound.fakes import FakeCluster
from tests.outbound.relaying import carry


async def serve(
    cluster: FakeCluster, context: Context, model: ModelVersion, **changes: object
) -> Serving:
    """A shared serving whose pool is ready and whose model is in the pool."""
    serving = await a_serving(model, **changes)
    await carry(context)
    cluster.make_ready("InferenceService")
    await carry(context)
    return serving


async def answer(serving: Serving) -> None:
    """The newest revision answers on every replica: predictions have moved to it."""
    row = await Serving.get(id=serving.id)
    await Revision.filter(serving_id=row.id, number=row.revision).update(state="LOADED")
    await Serving.filter(id=row.id).update(active_revision=row.revision, state="SERVABLE")
    async with deed(SYSTEM, row.project_id) as tx:
        await tx.record(Verb.RETIRE, Noun.SERVING, row.id, generation=row.generation)


def model_names(serving: Serving, *numbers: int) -> list[str]:
    """Names of a serving's revisions."""
    return [f"serving-{serving.id}-r{number}" for number in numbers]


async def state_of(serving: Serving, verb: Verb) -> str:
    """State of the serving's newest operation of a verb."""
    return (await Operation.filter(subject_id=serving.id, verb=verb).order_by("-id").first()).state


def placed(cluster: FakeCluster) -> list[str]:
    """In which pool each model is, in the order of the models' names."""
    return [model["spec"]["inferenceService"] for model in cluster.of("TrainedModel")]
