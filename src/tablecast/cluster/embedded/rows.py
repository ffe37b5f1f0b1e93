"""Objects in a SQLite file: rows in, rows out, no rule of Kubernetes.

Written ahead and committed a write at a time: a killed process loses nothing that was answered.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from tablecast.cluster.embedded.ownership import Owners
from tablecast.cluster.embedded.selectors import Labels
from tablecast.cluster.port import Manifest

_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
    kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    uid TEXT NOT NULL UNIQUE, body BLOB NOT NULL, owners BLOB NOT NULL,
    PRIMARY KEY (kind, namespace, name)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS objects_of_namespace ON objects (namespace);
CREATE TABLE IF NOT EXISTS labels (
    kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
    namespace TEXT NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (kind, key, value, namespace, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dependents (
    owner TEXT NOT NULL, uid TEXT NOT NULL, PRIMARY KEY (owner, uid)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Row:
    """One object as kept: `kind` is `Kind.plural` with its group, `body` without encoding."""

    kind: str
    namespace: str
    name: str
    body: Manifest
    owners: Owners

    @property
    def uid(self) -> str:
        """The object's uid."""
        return str(self.body["metadata"]["uid"])

    @property
    def labels(self) -> Labels:
        """The object's labels."""
        labels: Labels = self.body["metadata"].get("labels") or {}
        return labels


class Rows:
    """The file. Every method but `writing` must be called inside it, or only reads."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        if not self._db.execute("SELECT 1 FROM state").fetchone():
            self._db.execute("INSERT INTO state VALUES (1)")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all of it, or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def version(self) -> int:
        """Return the last resource version that was given out."""
        return int(self._db.execute("SELECT version FROM state").fetchone()[0])

    def next_version(self) -> int:
        """Give out the next resource version."""
        row = self._db.execute("UPDATE state SET version = version + 1 RETURNING version")
        return int(row.fetchone()[0])

    def find(self, kind: str, namespace: str, name: str) -> Row | None:
        """Return one object."""
        query = "SELECT body, owners FROM objects WHERE kind=? AND namespace=? AND name=?"
        found = self._db.execute(query, (kind, namespace, name)).fetchone()
        if not found:
            return None
        return Row(kind, namespace, name, orjson.loads(found[0]), orjson.loads(found[1]))

    def bodies(self, kind: str, namespace: str, equal: Labels) -> list[bytes]:
        """Return encoded bodies; `equal` narrows by one label, the caller checks the rest."""
        query, values = "SELECT o.body FROM objects o WHERE o.kind=?", [kind]
        if equal:
            key, value = min(equal.items(), key=lambda item: item[0].endswith("/managed"))
            # CROSS JOIN keeps the order: the label first, then its objects
            query = (
                "SELECT o.body FROM labels l CROSS JOIN objects o"
                " ON o.kind=l.kind AND o.namespace=l.namespace AND o.name=l.name"
                " WHERE l.kind=? AND l.key=? AND l.value=?"
            )
            values += [key, value]
        if namespace:
            query += " AND o.namespace=?"
            values.append(namespace)
        order = " ORDER BY o.namespace, o.name"
        return [row[0] for row in self._db.execute(query + order, values)]

    def put(self, row: Row, before: Row | None) -> None:
        """Insert or replace one object."""
        place = (row.kind, row.namespace, row.name)
        values = (*place, row.uid, orjson.dumps(row.body), orjson.dumps(row.owners))
        self._db.execute("INSERT OR REPLACE INTO objects VALUES (?,?,?,?,?,?)", values)
        if before is None or before.labels != row.labels:
            self._drop_labels(before)
            for key, value in row.labels.items():
                label = (row.kind, key, value, row.namespace, row.name)
                self._db.execute("INSERT INTO labels VALUES (?,?,?,?,?)", label)
        self._put_references(row, before)

    def drop(self, row: Row) -> None:
        """Remove one object."""
        self._drop_labels(row)
        self._db.execute("DELETE FROM dependents WHERE uid=?", (row.uid,))
        self._db.execute("DELETE FROM objects WHERE uid=?", (row.uid,))

    def dependents(self, uid: str) -> list[Row]:
        """Return the objects that name `uid` as an owner."""
        query = "JOIN dependents d ON d.uid=o.uid WHERE d.owner=?"
        return self._select(query, uid)

    def inside(self, namespace: str) -> list[Row]:
        """Return everything that a namespace holds."""
        return self._select("WHERE o.namespace=?", namespace)

    def lives(self, uid: str) -> bool:
        """Say whether an object of that uid is there."""
        query = "SELECT 1 FROM objects WHERE uid=?"
        return self._db.execute(query, (uid,)).fetchone() is not None

    def _select(self, where: str, value: str) -> list[Row]:
        query = "SELECT o.kind, o.namespace, o.name, o.body, o.owners FROM objects o "
        found = self._db.execute(query + where, (value,)).fetchall()
        return [Row(k, s, n, orjson.loads(b), orjson.loads(o)) for k, s, n, b, o in found]

    def _drop_labels(self, row: Row | None) -> None:
        query = "DELETE FROM labels WHERE kind=? AND key=? AND value=? AND namespace=? AND name=?"
        if row:
            for key, value in row.labels.items():
                self._db.execute(query, (row.kind, key, value, row.namespace, row.name))

    def _put_references(self, row: Row, before: Row | None) -> None:
        owners = row.body["metadata"].get("ownerReferences") or []
        if before and (before.body["metadata"].get("ownerReferences") or []) == owners:
            return
        self._db.execute("DELETE FROM dependents WHERE uid=?", (row.uid,))
        for owner in owners:
            self._db.execute(
                "INSERT OR IGNORE INTO dependents VALUES (?,?)", (owner["uid"], row.uid)
            )
