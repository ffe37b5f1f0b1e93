"""What mutations of uploads and datasets take."""

import strawberry

from tablecast.api.inputs.checks import an_id, idempotency_key, many, number, text
from tablecast.api.scalars import LARGEST, Long

_UPLOAD = "Which upload."
_SHA256 = "sha256 of the whole file in hex; compared when it is finished."


@strawberry.input(description="A slot for one file's bytes.")
class CreateUploadInput:
    project_id: strawberry.ID = an_id("Project", "In which project.")
    file_name: str = text("The file's name, for people.", most=255)
    length: Long = number("Size of the whole file in bytes.", least=0, most=LARGEST)
    sha256: str | None = text(_SHA256, most=64, default=None)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="An upload whose bytes have all been sent.")
class FinishUploadInput:
    upload_id: strawberry.ID = an_id("Upload", _UPLOAD)
    sha256: str | None = text(_SHA256, most=64, default=None)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="An upload to throw away.")
class AbortUploadInput:
    upload_id: strawberry.ID = an_id("Upload", _UPLOAD)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="How a CSV file is read. What is left out is found out.")
class ReadOptionsInput:
    delimiter: str | None = text("What separates cells.", most=1, default=None)
    encoding: str | None = text(
        "Character encoding, such as utf-8 or latin-1.", most=40, default=None
    )
    decimal: str | None = text("Decimal point or comma.", most=1, default=None)
    null_values: list[str] | None = many(
        "Texts that stand for no value.", most=100, most_text=100, default=None
    )
    has_header: bool | None = strawberry.field(
        default=None, description="Whether the first line names the columns."
    )


@strawberry.input(description="A dataset version to make of a finished upload.")
class CreateDatasetVersionInput:
    upload_id: strawberry.ID = an_id("Upload", _UPLOAD)
    dataset_id: strawberry.ID | None = an_id(
        "Dataset", "Of which dataset; or give `name` for a new one.", default=None
    )
    name: str | None = text("Name of a new dataset.", most=100, default=None)
    description: str = text("What a new dataset holds.", default="")
    options: ReadOptionsInput | None = strawberry.field(
        default=None, description="How the file is read."
    )
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A dataset to delete with all its versions.")
class DeleteDatasetInput:
    dataset_id: strawberry.ID = an_id("Dataset", "Which dataset.")
    cascade: bool = strawberry.field(
        default=False,
        description="Whether trainings, models and servings made of it go too; else they forbid it.",
    )
    idempotency_key: str | None = idempotency_key()
