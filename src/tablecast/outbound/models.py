"""Models go out only to be taken away: their files, once no serving answers with them."""

from tablecast.domain import lineage
from tablecast.domain.states import Verb
from tablecast.domain.tables import Model, ModelVersion, Operation
from tablecast.outbound.context import Context
from tablecast.outbound.handler import NOTHING_LEFT, Result, Waiting, standing
from tablecast.outbound.removal import remove_model


async def carry_out(operation: Operation, context: Context) -> Result:
    """Take a model's files and rows away after its servings and unfinished trainings."""
    model = await Model.get_or_none(id=operation.subject_id)
    project = await standing(operation)
    if model is None or project is None or operation.verb != Verb.DELETE:
        return NOTHING_LEFT
    if isinstance(project, Waiting):
        return project
    servings, trainings = await lineage.users_of_model(model.id)
    if servings or trainings:
        message, left = "Servings and trainings of it are being removed.", len(servings)
        return Waiting("CHILDREN_GOING", message, 2.0, left=left + len(trainings))
    for version_id in await ModelVersion.filter(model_id=model.id).values_list("id", flat=True):
        await context.datastore.delete_model(project.namespace, str(version_id))
    await remove_model(model)
    return NOTHING_LEFT
