"""Rows by the ten thousand, as years leave them: nearly all settled, half of them in one project.

Made by the database itself out of MariaDB's sequences. Whatever a table has that is not told here gets
a value of its type.
"""

from tests.database.mariadb import Server

# Of the first, the person's; the others are strangers', thirty of which have what hangs below them.
PROJECTS = 1_000
BIG = f"{1:016}"
ROWS = {
    "project": PROJECTS,
    "member": 3_000,
    "upload": 6_000,
    "dataset": 4_000,
    "dataset_version": 6_000,
    "training": 6_000,
    "attempt": 8_000,
    "step": 24_000,
    "trial": 24_000,
    "model": 4_000,
    "model_version": 6_000,
    "serving": 3_000,
    "revision": 6_000,
    # Those of pods that are gone are removed.
    "predictor_pod": 400,
    "operation": 30_000,
    "event": 60_000,
    "sighting": 30_000,
    "drift": 2_000,
}

_ID = "LPAD(seq, 16, '0')"
_IN_PROJECT = "LPAD(IF(seq % 2, 1, 2 + seq % 30), 16, '0')"
# Half of what hangs below a parent hangs below the first.
_PARENT = "LPAD(IF(seq % 2, 1, 2 + seq DIV 100), 16, '0')"
# A thing has been wished for, and told of, a hundred times.
_SUBJECT = "LPAD(1 + seq DIV 100, 16, '0')"
_RARELY = "IF(seq % 500 = 0, '{}', '{}')"

_TOLD = {
    "*": {"id": _ID, "project_id": _IN_PROJECT, "name": "CONCAT('n', seq)"},
    "project": {
        "namespace": "CONCAT('tc-', seq)",
        "state": _RARELY.format("DELETING", "READY"),
        "feed_sequence": "60000",
        "volume_bytes": "10 << 30",
        "memory_limit_bytes": "16 << 30",
    },
    "member": {
        "project_id": "LPAD(1 + (seq - 1) DIV 3, 16, '0')",
        "subject": "IF(seq < 60 AND seq % 3 = 0, 'ann', CONCAT('p', seq))",
        "role": "'OWNER'",
    },
    "upload": {"state": _RARELY.format("OPEN", "COMPLETE"), "file_name": "CONCAT('n', seq)"},
    "dataset": {"state": "'READY'"},
    "dataset_version": {
        "dataset_id": _PARENT,
        "number": "seq",
        "state": _RARELY.format("CONVERTING", "READY"),
    },
    "training": {
        "dataset_version_id": _PARENT,
        "model_id": _PARENT,
        "state": _RARELY.format("RUNNING", "SUCCEEDED"),
    },
    "attempt": {
        "training_id": _PARENT,
        "number": "seq",
        "state": _RARELY.format("RUNNING", "SUCCEEDED"),
        "collected": "seq % 500 <> 0",
        "workflow_name": "CONCAT('w', seq)",
        "workflow_uid": "CONCAT('u', seq)",
        "model_version_id": _ID,
    },
    "step": {"attempt_id": _PARENT, "name": "CONCAT('s', seq)", "state": "'SUCCEEDED'"},
    "trial": {"attempt_id": _PARENT, "number": "seq"},
    "model_version": {
        "model_id": _PARENT,
        "number": "seq",
        "training_id": _PARENT,
        "dataset_version_id": _PARENT,
    },
    "serving": {
        "model_version_id": _PARENT,
        "state": "'SERVABLE'",
        "mode": "IF(seq % 20, 'SHARED', 'DEDICATED')",
    },
    "revision": {
        "serving_id": _PARENT,
        "number": "seq",
        "model_version_id": _PARENT,
        "mode": "'SHARED'",
        "state": "IF(seq % 50 = 0, 'LOADED', 'RETIRED')",
        "inference_service": "CONCAT('pool-', seq % 40)",
        "object_name": "CONCAT('o', seq)",
    },
    "predictor_pod": {
        "uid": "CONCAT('u', seq)",
        "inference_service": "CONCAT('pool-', seq % 40)",
        "ready": "seq % 50 = 0",
    },
    "operation": {
        "noun": "ELT(1 + seq % 4, 'TRAINING', 'SERVING', 'UPLOAD', 'PROJECT')",
        "verb": "ELT(1 + seq % 3, 'CREATE', 'UPDATE', 'DELETE')",
        "subject_id": _SUBJECT,
        "state": "IF(seq % 500 = 0, 'ACCEPTED', 'OBSERVED')",
        "due_at": "IF(seq % 500 = 0, UTC_TIMESTAMP(6) - INTERVAL seq SECOND, NULL)",
        "settled_at": "IF(seq % 500 = 0, NULL, UTC_TIMESTAMP(6) - INTERVAL seq SECOND)",
        "lease_until": "NULL",
        "intent": "IF(seq % 4, NULL, '{}')",
        "requested_by": "CONCAT('p', seq % 100)",
        "tries": "IF(seq % 500 = 0, 1, 0)",
    },
    "event": {
        "project_id": "IF(seq <= 30000, LPAD(1, 16, '0'), LPAD(2 + seq % 30, 16, '0'))",
        "sequence": "seq",
        "noun": "ELT(1 + seq % 4, 'TRAINING', 'SERVING', 'UPLOAD', 'PROJECT')",
        "subject_id": _SUBJECT,
        "type": "ELT(1 + seq % 2, 'OPERATION_ACCEPTED', 'TRAINING_UPDATED')",
    },
    "kept_answer": {
        "requested_by": "CONCAT('p', seq % 100)",
        "idempotency_key": "CONCAT('k', seq)",
    },
    "sighting": {
        "uid": "CONCAT('u', seq)",
        "kind": "ELT(1 + seq % 5, 'Pod', 'Workflow', 'Namespace', 'Deployment', 'TrainedModel')",
        "namespace": "CONCAT('tc-', 1 + seq % 30)",
        "gone": "seq % 20 <> 0",
        "updated_at": "UTC_TIMESTAMP(6) - INTERVAL seq SECOND",
    },
    "drift": {
        "kind": "'Workflow'",
        "drift": "ELT(1 + seq % 3, 'LOST', 'ORPHANED', 'DIVERGED')",
        "uid": "CONCAT('u', seq)",
    },
}


def fill(server: Server) -> None:
    """Fill every table, and let the database count what it has."""
    for table, rows in ROWS.items():
        add_rows(server, table, rows)
    server.ask(f"ANALYZE TABLE {', '.join(ROWS)}", "tablecast")


def add_rows(server: Server, table: str, rows: int, database: str = "tablecast") -> None:
    """Fill one table, whatever columns it has."""
    columns = _columns(server, table, database)
    names = ", ".join(f"`{name}`" for name in columns)
    values = ", ".join(columns.values())
    server.ask(f"INSERT INTO {table} ({names}) SELECT {values} FROM seq_1_to_{rows}", database)


def _columns(server: Server, table: str, database: str) -> dict[str, str]:
    found = server.ask(
        "SELECT column_name, data_type, is_nullable FROM information_schema.columns"
        f" WHERE table_schema = '{database}' AND table_name = '{table}'"
    )
    told = _TOLD["*"] | _TOLD.get(table, {})
    described = (line.split("\t") for line in found.splitlines())
    return {name: told.get(name) or _usual(kind, null) for name, kind, null in described}


def _usual(kind: str, null: str) -> str:
    if null == "YES":
        return "NULL"
    texts = {"varchar": "''", "longtext": "'{}'", "json": "'{}'"}
    return texts.get(kind, "UTC_TIMESTAMP(6) - INTERVAL seq SECOND" if kind == "datetime" else "1")
