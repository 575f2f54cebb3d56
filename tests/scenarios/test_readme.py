"""Does the README's first screen do what it says, line by line, on the demo?"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from config import ROOT, load_settings
from stockroom.db.engine import open_engine
from stockroom.db.migrating import upgrade
from stockroom.db.sealing import KeyRing
from stockroom.db.store import open_store
from stockroom.demo.loading import load_demo
from stockroom.demo.log_ins import PASSWORD

README = (ROOT / "README.md").read_text(encoding="utf-8")
DAYS = 3
"""Of history behind the tour; the demo itself has eighteen months."""
_READY = re.compile(r"http://127\.0\.0\.1:(\d+)/")


def tour() -> list[str]:
    """The lines of the tour, as they stand in the README."""
    found = re.search(r"```bash\n(.*?)```", README, re.S)
    assert found is not None
    return found[1].splitlines()


def _load(environment: dict[str, str]) -> None:
    settings = load_settings(environment=environment)
    engine = open_engine(settings.database_url)
    upgrade(engine)
    store = open_store(engine, keyring=KeyRing(settings.installation_key), anchor_file=settings.anchor_file)
    log_ins = load_demo(store, password_salt=settings.password_salt, days=DAYS)
    engine.dispose()
    assert all(log_in.email in README for log_in in log_ins)


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator[str]:
    """The port of a server of its own process on loopback."""
    command = [sys.executable, "-m", "stockroom", "run", "--port", "0"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    try:
        told = ""
        while (ready := _READY.search(told)) is None:
            line = process.stdout.readline()
            assert line, told
            told += line
        yield ready[1]
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _answers(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


@pytest.mark.slow
@pytest.mark.skipif(
    os.environ.get("CI") != "true" and not (shutil.which("bash") and shutil.which("curl")),
    reason="the tour needs bash and curl; .ci/run installs them",
)
def test_the_tour_receives_looks_up_uses_traces_and_verifies(tmp_path: Path) -> None:
    given = {name: value for name, value in os.environ.items() if not name.startswith("STOCKROOM_")}
    environment = {**given, "STOCKROOM_INSTANCE": str(tmp_path / "instance"), "PYTHONUNBUFFERED": "1"}
    _load(environment)

    with _serving(environment) as port:
        script = "\n".join(tour()).replace(":8000/", f":{port}/").replace(".venv/bin/python", sys.executable)
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    received, looked_up, used, traced = _answers(done.stdout)
    assert received["lines"][0]["quantity"] == {"quantity": "100", "unit": "piece"}
    assert looked_up["lot"]["lot_number"] == received["lines"][0]["lot_number"] == "TOUR-1"
    assert used["used"][0]["product"] == looked_up["pack"]["product_name"]
    assert [use["movement_uid"] for use in traced["uses"]] == [used["movement_uid"]]
    assert traced["origins"][0]["supplier_name"].startswith("Demo")
    assert "The books are true" in done.stdout


def test_the_first_screen_has_the_two_commands_and_a_tour_of_ten_lines() -> None:
    first_screen = README.partition("## Where to read next")[0]

    assert "python3 dev.py run" in first_screen
    assert "python3 dev.py test" in first_screen
    assert PASSWORD in first_screen
    assert len(tour()) == 10


def test_every_setting_and_every_page_that_the_readme_names_is_there() -> None:
    read = set(re.findall(r'"(STOCKROOM_\w+)"', (ROOT / "config.py").read_text(encoding="utf-8")))
    told = set(re.findall(r"^\| `(STOCKROOM_\w+)`", README, re.M))
    pages = re.findall(r"\]\(([^)#]+)\)", README)

    assert told == read
    assert pages
    assert [page for page in pages if not (ROOT / page).exists()] == []
