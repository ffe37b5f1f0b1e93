"""Tables: the rows that everything else reads and writes. Datetimes are UTC; ids are `identity`'s.

States are text columns of at most 16 characters; their meaning stands in `states`. What a list can
be ordered by has an index that ends with the id: pages are by key. A table's docstring becomes its
comment in MySQL, so it has no apostrophe.
"""

from tablecast.domain.tables.datasets import Dataset, DatasetVersion, Upload
from tablecast.domain.tables.drift import Drift
from tablecast.domain.tables.ledger import Event, KeptAnswer, Operation, SchemaVersion, Sighting
from tablecast.domain.tables.models import Model, ModelVersion
from tablecast.domain.tables.projects import Member, Project
from tablecast.domain.tables.row import Row, Wish
from tablecast.domain.tables.servings import PredictorPod, Revision, Serving
from tablecast.domain.tables.trainings import Attempt, Step, Training, Trial

__all__ = [
    "Attempt",
    "Dataset",
    "DatasetVersion",
    "Drift",
    "Event",
    "KeptAnswer",
    "Member",
    "Model",
    "ModelVersion",
    "Operation",
    "PredictorPod",
    "Project",
    "Revision",
    "Row",
    "SchemaVersion",
    "Serving",
    "Sighting",
    "Step",
    "Training",
    "Trial",
    "Upload",
    "Wish",
]
