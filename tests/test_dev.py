"""Does the one command of a developer say what it can do, and serve what it was asked for?"""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from types import ModuleType

import pytest

from config import ROOT

LOCKS = ("requirements.lock", "requirements-postgres.lock", "requirements-dev.lock")


@pytest.fixture(scope="module")
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _asked(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "dev.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_help_names_every_command_and_what_is_none_is_refused(dev: ModuleType) -> None:
    told, wrong = _asked("--help"), _asked("frobnicate")

    assert (told.returncode, wrong.returncode) == (0, 2)
    assert told.stdout == wrong.stdout == dev.USAGE + "\n"
    for command in ("run", "test", "setup", "lint", "bench", "soak", "screenshots", "lock"):
        assert re.search(rf"^  {command} ", told.stdout, re.M), command
        assert callable(getattr(dev, command))
    assert _asked("setup", "--everything").returncode == 1


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_installed_is_locked_by_hash_and_names_no_host(name: str) -> None:
    lock = (ROOT / name).read_text(encoding="utf-8")
    packages = re.split(r"^(?=[a-z0-9])", re.sub(r"^\s*#.*\n", "", lock, flags=re.M), flags=re.M)[1:]

    assert len(packages) > 20
    assert "://" not in lock
    assert [each.split()[0] for each in packages if "==" not in each or "--hash=sha256:" not in each] == []


def test_the_packages_of_the_product_are_the_same_wherever_they_are_locked() -> None:
    pinned = [
        set(re.findall(r"^([a-z0-9][^\s;]+==\S+)", (ROOT / name).read_text(encoding="utf-8"), re.M))
        for name in LOCKS
    ]

    assert pinned[0] <= pinned[1] <= pinned[2]


def test_it_serves_an_empty_installation_where_it_was_told_and_ends_by_control_c(
    dev: ModuleType, tmp_path: Path
) -> None:
    if not any(map(dev._stamped, dev.SUPERSETS)):
        pytest.skip("dev.py has installed nothing here")
    given = {name: value for name, value in os.environ.items() if not name.startswith("STOCKROOM_")}
    environment = {**given, "STOCKROOM_INSTANCE": str(tmp_path / "instance")}
    database = tmp_path / "asked.sqlite"
    process = subprocess.Popen(
        [sys.executable, "dev.py", "run", "--no-demo", "--port", "0", "--database-url", f"sqlite:///{database}"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        ready = re.search(r"http://(127\.0\.0\.1:\d+)/", process.stdout.readline())
        assert ready is not None
        connection = HTTPConnection(ready[1], timeout=60)
        connection.request("GET", "/login")
        page = connection.getresponse().read().decode()
        connection.close()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate(timeout=60)

    assert "Log in" in page and database.exists()
    assert (process.returncode, "Stockroom has stopped." in out, "Traceback" in err) == (0, True, False)
