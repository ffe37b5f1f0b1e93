"""Handlers by noun: which function carries out operations of what."""

from collections.abc import Mapping

from tablecast.domain.states import Noun
from tablecast.outbound import datasets, mending, models, projects, servings, trainings, uploads
from tablecast.outbound.handler import Handler

HANDLERS: Mapping[str, Handler] = {
    Noun.PROJECT: projects.carry_out,
    Noun.UPLOAD: uploads.carry_out,
    Noun.DATASET: datasets.carry_out,
    Noun.DATASET_VERSION: datasets.carry_out_version,
    Noun.TRAINING: trainings.carry_out,
    Noun.MODEL: models.carry_out,
    Noun.SERVING: servings.carry_out,
    Noun.DRIFT: mending.carry_out,
}
