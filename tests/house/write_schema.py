"""Rewrites the golden schema files: `python -m tests.house.write_schema`.  Read the difference, then commit."""

from __future__ import annotations

import tempfile
from pathlib import Path

from stockroom.db.engine import open_engine
from tests.house.schema_at_every_revision import fingerprints
from tests.postgres_cluster import PostgresCluster

FOLDER = Path(__file__).resolve().parent


def golden(dialect: str) -> Path:
    """The golden file of a dialect."""
    return FOLDER / f"schema.{dialect}.txt"


def _write(url: str) -> None:
    engine = open_engine(url)
    newest = list(fingerprints(engine).values())[-1]
    golden(engine.dialect.name).write_text(newest, encoding="utf-8")
    print(f"{golden(engine.dialect.name).name}: {len(newest.splitlines())} lines")
    engine.dispose()


def main() -> None:
    """Write both files from databases made for it."""
    with tempfile.TemporaryDirectory() as folder:
        _write(f"sqlite:///{folder}/schema.sqlite")
    with PostgresCluster() as cluster:
        _write(cluster.create_database("schema"))


if __name__ == "__main__":
    main()
