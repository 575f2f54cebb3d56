"""One populated installation for the contract tests of a file: what one invents is not what another must find."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis

from tests.contract.populated import Populated
from tests.failing_entries import entries_fail_first

__all__ = ["entries_fail_first"]


@pytest.fixture(scope="module")
def populated(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Populated]:
    folder = tmp_path_factory.mktemp("contract")
    shutil.copy(sqlite_template, folder / "stockroom.sqlite")
    running = Populated(f"sqlite:///{folder / 'stockroom.sqlite'}", folder)
    yield running
    running.close()


@pytest.fixture(scope="module")
def described_api(populated: Populated) -> Any:
    """The description as schemathesis reads it."""
    generation = {"with-security-parameters": False, "allow-x00": False}
    config = schemathesis.config.SchemathesisConfig.from_dict({"generation": generation})
    return schemathesis.openapi.from_dict(populated.description, config=config)
