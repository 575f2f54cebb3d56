"""Does what docs/serving.md says work: the units, the workers beside the schedule, and what is believed of a proxy?"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from config import ROOT
from stockroom.db.engine import open_engine
from stockroom.db.sealing import KeyRing
from stockroom.models import JobRun, LogInAttempt
from tests.postgres_cluster import PostgresCluster

DEPLOY = ROOT / "deploy"
UNITS = sorted(path.name for path in (DEPLOY / "systemd").iterdir())
EXPOSED_MAX = 25
"""Of 100, as systemd counts what a service could do if it were taken over."""
PUBLIC = "https://stock.clinic.example"


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units with the programs of this machine in the place of those of a clinic's."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here")
    for name in UNITS:
        text = (DEPLOY / "systemd" / name).read_text(encoding="utf-8")
        here = text.replace("/opt/stockroom/.venv/bin/", f"{Path(sys.executable).parent}/")
        (tmp_path / name).write_text(here, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", UNITS)
def test_systemd_reads_every_unit_without_a_complaint(units: Path, name: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(units / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "stockroom" in line]
    assert ours == []


@pytest.mark.parametrize("name", [each for each in UNITS if each.endswith(".service")])
def test_a_service_that_was_taken_over_could_do_little(units: Path, name: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSED_MAX}", str(units / name)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-600:] + done.stderr


def test_the_page_names_files_commands_and_settings_that_are_there() -> None:
    page = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    settings = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    for file in re.findall(r"\]\(\.\./([^)]+)\)", page):
        assert (ROOT / file).exists(), file
    for unit in re.findall(r"stockroom[a-z-]*\.(?:service|timer)", page):
        assert unit in UNITS, unit
    for variable in {*re.findall(r"STOCKROOM_[A-Z_]+", page), *_variables_of_the_example()}:
        assert f"`{variable}`" in settings, variable
    assert _gunicorn()[1:] == _documented(page)


def _variables_of_the_example() -> list[str]:
    text = (DEPLOY / "stockroom.env.example").read_text(encoding="utf-8")
    return re.findall(r"^#?(STOCKROOM_[A-Z_]+)=", text, re.MULTILINE)


def _gunicorn() -> list[str]:
    """The command of the unit, as it would be started."""
    unit = (DEPLOY / "systemd" / "stockroom-web.service").read_text(encoding="utf-8")
    found = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    assert found is not None
    return found[1].split()


def _documented(page: str) -> list[str]:
    found = re.search(r"^    gunicorn (.*)$", page, re.MULTILINE)
    assert found is not None
    return found[1].split()


# --- what is believed of a proxy


def _environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STOCKROOM_")}
    return {
        **kept,
        "STOCKROOM_INSTANCE": str(folder),
        "STOCKROOM_PUBLIC_URL": PUBLIC,
        "STOCKROOM_TRUSTED_PROXIES": "1",
        **more,
    }


@contextmanager
def _started(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own, which ends by its own id."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=20)


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _get(port: int, path: str, **headers: str) -> tuple[int, str, HTTPMessage]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            _get(port, "/login")
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text(encoding="utf-8"))


def _as_the_proxy_says(port: int) -> None:
    """TLS ended at the proxy: secure cookies, HSTS, addresses of the public name."""
    said = {
        "X_Forwarded_For": "203.0.113.9",
        "X_Forwarded_Proto": "https",
        "X_Forwarded_Host": "stock.clinic.example",
    }
    status, _, headers = _get(port, "/login", **said)
    assert status == 200
    assert "max-age=" in headers["Strict-Transport-Security"]
    cookies = headers.get_all("Set-Cookie") or []
    assert cookies
    assert all(each.startswith("__Host-") and "Secure" in each and "HttpOnly" in each for each in cookies)
    status, _, headers = _get(port, "/", **said)
    assert status in (302, 303)
    assert not headers["Location"].startswith("http://")


def _try_to_log_in(port: int, *, said: dict[str, str]) -> int:
    """Send the log-in form as a browser behind the proxy does, with a password that is wrong."""
    _, page, headers = _get(port, "/login", **said)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    cookies = "; ".join(each.partition(";")[0] for each in headers.get_all("Set-Cookie") or [])
    form = urlencode({"csrf_token": token[1], "email": "nobody@clinic.example", "password": "not this one"})
    sent = {
        "Cookie": cookies,
        "Referer": f"{PUBLIC}/login",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        named = {name.replace("_", "-"): value for name, value in said.items()}
        connection.request("POST", "/login", body=form, headers={**named, **sent})
        answer = connection.getresponse()
        answer.read()
        return answer.status


def test_the_embedded_server_believes_its_one_proxy(tmp_path: Path) -> None:
    """What a browser writes before the proxy's own word counts for nothing, and a form sent over TLS is taken."""
    log = tmp_path / "log"
    port = _free_port()
    command = [sys.executable, "-m", "stockroom", "run", "--port", str(port)]
    with _started(command, _environment(tmp_path), log) as process:
        _wait_for(port, process, log)
        _as_the_proxy_says(port)
        forged = {"X_Forwarded_For": "198.51.100.1, 203.0.113.9", "X_Forwarded_Proto": "https"}
        status = _try_to_log_in(port, said={**forged, "X_Forwarded_Host": "stock.clinic.example"})
    engine = open_engine(f"sqlite:///{tmp_path}/stockroom.sqlite")
    with engine.connect() as connection:
        addresses = list(connection.execute(select(LogInAttempt.address)).scalars())
    engine.dispose()
    assert status == 200  # the form again, with what was wrong: no anti-forgery refusal
    keys = KeyRing(bytes.fromhex((tmp_path / "installation_key").read_text(encoding="ascii")))
    assert addresses == [keys.digest("address", b"203.0.113.9")]


def test_workers_and_the_schedule_run_beside_each_other_on_postgresql(
    postgres: PostgresCluster, tmp_path: Path
) -> None:
    """The command of the unit, but for its port, in production."""
    name = f"deployed_{os.getpid()}"
    url = postgres.create_database(name)
    environment = _environment(
        tmp_path,
        STOCKROOM_ENV="production",
        STOCKROOM_DATABASE_URL=url,
        STOCKROOM_SECRET_KEY=secrets.token_urlsafe(48),
        STOCKROOM_PASSWORD_SALT=secrets.token_urlsafe(48),
        STOCKROOM_INSTALLATION_KEY=secrets.token_hex(32),
    )
    stockroom = [sys.executable, "-m", "stockroom"]
    founding = ["--time-zone", "Europe/Sofia", "--country", "BG", "--currency", "EUR"]
    try:
        for arguments in (["db", "upgrade"], ["clinic", "found", "--name", "Vitosha", *founding]):
            subprocess.run(
                [*stockroom, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True
            )
        port = _free_port()
        command = [str(Path(sys.executable).parent / "gunicorn"), *_gunicorn()[1:]]
        command = [each.replace("127.0.0.1:8000", f"127.0.0.1:{port}") for each in command]
        web, schedule = tmp_path / "web.log", tmp_path / "schedule.log"
        with (
            _started(command, environment, web) as workers,
            _started([*stockroom, "scheduler"], environment, schedule) as scheduler,
        ):
            _wait_for(port, workers, web)
            _as_the_proxy_says(port)
            _wait_for_a_run(url, scheduler, schedule)
            assert len(re.findall(r"Booting worker with pid", web.read_text(encoding="utf-8"))) == 3
    finally:
        postgres.drop_database(name)


def _wait_for_a_run(url: str, scheduler: subprocess.Popen[bytes], log: Path) -> None:
    engine = open_engine(url)
    deadline = time.monotonic() + 90
    try:
        while time.monotonic() < deadline:
            assert scheduler.poll() is None, log.read_text(encoding="utf-8")
            with engine.connect() as connection:
                done = select(JobRun.job).where(JobRun.finished_at.is_not(None))
                if connection.execute(done).first() is not None:
                    return
            time.sleep(0.3)
    finally:
        engine.dispose()
    raise AssertionError(log.read_text(encoding="utf-8"))
