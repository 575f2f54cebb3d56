"""Does the terminal do what it says, and end cleanly?"""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from config import ROOT
from stockroom.barcodes.keyboards import Layout, typed_on
from stockroom.cli import main
from stockroom.cli.installation import opened
from stockroom.db.engine import open_engine
from stockroom.demo.loading import load_demo
from tests.builders import demo_gtin
from tests.serving import PASSWORD

CLINIC = ("--time-zone", "Europe/Sofia", "--country", "BG", "--currency", "EUR")


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty instance folder."""
    monkeypatch.setenv("STOCKROOM_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.delenv("STOCKROOM_DATABASE_URL", raising=False)
    return tmp_path / "instance"


def _do(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=typed)


def _done(*arguments: str, typed: str | None = None) -> str:
    result = _do(*arguments, typed=typed)
    assert result.exit_code == 0, result.output
    return result.stdout


def _clinic_with_nurse() -> None:
    _done("db", "upgrade")
    _done("clinic", "found", "--name", "Vitosha", *CLINIC)
    person = ("--name", "Ana Demo", "--profession", "nurse", "--email", "ana@example.test")
    _done("user", "add", *person, "--clinic", "Vitosha", "--role", "nurse", typed=f"{PASSWORD}\n{PASSWORD}\n")


TOUCH_NO_DATABASE = {"scan parse", "import template"}
"""What only reads a text, or only writes an empty form."""


def _commands(group: click.Group, *before: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, *before, name)
        else:
            yield " ".join((*before, name)), command


def test_every_command_has_help_and_takes_the_database_by_its_option() -> None:
    commands = dict(_commands(main))

    assert len(commands) >= 22
    assert [name for name, command in commands.items() if not (command.help or "").strip()] == []
    assert {
        name
        for name, command in commands.items()
        if all("--database-url" not in option.opts for option in command.params)
    } == TOUCH_NO_DATABASE
    for name in commands:
        assert _done(*name.split(), "--help").startswith("Usage")


def test_a_new_database_verifies_and_says_so_to_machines(instance: Path) -> None:
    _clinic_with_nurse()

    report = json.loads(_done("verify", "--json"))

    assert report["ok"] is True
    assert "The books are true" in _done("verify")


def test_a_clinic_can_choose_from_the_reference_data_as_soon_as_it_is_founded(instance: Path) -> None:
    _done("db", "upgrade")
    _done("clinic", "found", "--name", "Vitosha", *CLINIC)
    assert _scalar(instance, "SELECT count(*) FROM reference_item") > 100

    _scalar(instance, "DELETE FROM reference_item WHERE kind = 'incompatibilities' RETURNING 1")
    _done("db", "upgrade")

    assert _scalar(instance, "SELECT count(*) FROM reference_item WHERE kind = 'incompatibilities'") >= 3


def _scalar(instance: Path, statement: str) -> int:
    engine = open_engine(f"sqlite:///{instance / 'stockroom.sqlite'}")
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        found = int(connection.exec_driver_sql(statement).scalars().all()[0])
    engine.dispose()
    return found


def test_verify_fails_and_names_the_row(instance: Path) -> None:
    _clinic_with_nurse()
    engine = open_engine(f"sqlite:///{instance / 'stockroom.sqlite'}")
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.exec_driver_sql(
            "UPDATE journal_head SET seq = seq + 1, hash = 'x' WHERE stream = 'changes'"
        )
    engine.dispose()

    result = _do("verify")

    assert result.exit_code == 1
    assert "L12" in result.stderr
    assert "WRONG" in result.stdout


def test_a_database_of_another_version_is_refused(instance: Path) -> None:
    result = _do("verify")

    assert result.exit_code == 1
    assert "stockroom db upgrade" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("STOCKROOM_SECRET_KEY", "changeme"),
        ("STOCKROOM_SECRET_KEY", "a" * 40),
        ("STOCKROOM_INSTALLATION_KEY", "00" * 32),
        ("STOCKROOM_INSTALLATION_KEY", "not hex"),
        ("STOCKROOM_PASSWORD_SALT", "short"),
        ("STOCKROOM_ENV", "production"),
    ],
)
def test_a_missing_or_weak_secret_stops_the_start(
    instance: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str
) -> None:
    monkeypatch.setenv(setting, value)

    result = _do("db", "upgrade")

    assert result.exit_code == 78
    assert "Stockroom does not start" in result.stderr


def test_generated_secrets_are_their_owners_alone_and_stay(instance: Path) -> None:
    _done("db", "upgrade")
    names = ("secret_key", "password_salt", "installation_key")
    first = [(instance / name).read_text(encoding="ascii") for name in names]

    _done("db", "upgrade")

    assert [(instance / name).read_text(encoding="ascii") for name in names] == first
    assert len(set(first)) == 3
    assert {(instance / name).stat().st_mode & 0o777 for name in names} == {0o600}


def test_scans_are_read_line_by_line(instance: Path) -> None:
    typed = f"]d201{demo_gtin(1)}10LOT1\\x1d17271231\n\n]d201123\n"

    rows = [
        json.loads(line) for line in _done("scan", "parse", "--today", "2026-03-02", typed=typed).splitlines()
    ]

    assert len(rows) == 2
    assert rows[0]["lot_number"] == "LOT1"
    assert rows[0]["expires_on"] == "2027-12-31"
    assert rows[1]["error"]["code"]


def test_scans_are_read_as_a_clinics_scanners_deliver_them(instance: Path) -> None:
    meant = f"01{demo_gtin(1)}10LOT1#17271231"
    typed = f"{typed_on(Layout.FRENCH, meant)}\n"
    habits = ("--today", "2026-03-02", "--separator", "#", "--keyboard", "fr")

    row = json.loads(_done("scan", "parse", *habits, typed=typed.replace(typed_on(Layout.FRENCH, "#"), "#")))
    plain = json.loads(_done("scan", "parse", *habits[:2], typed=f"{meant}\n"))
    with_separator = json.loads(_done("scan", "parse", *habits[:4], typed=f"{meant}\n"))
    refused = [_do("scan", "parse", *wrong) for wrong in (("--separator", "-"), ("--keyboard", "klingon"))]

    said = (row["lot_number"], row["expires_on"])
    assert said == (with_separator["lot_number"], with_separator["expires_on"]) == ("LOT1", "2027-12-31")
    assert plain["lot_number"] != "LOT1"
    assert [each.exit_code for each in refused] == [2, 2]
    assert "begins with a character that no code holds" in refused[0].stderr


def test_a_weak_password_an_unknown_role_and_an_unknown_clinic_are_refused(instance: Path) -> None:
    _clinic_with_nurse()
    person = ("user", "add", "--name", "Bo", "--profession", "nurse", "--email", "bo@example.test")

    weak = _do(*person, "--clinic", "Vitosha", "--role", "nurse", "--password", "short")
    role = _do(*person, "--clinic", "Vitosha", "--role", "king", "--password", PASSWORD)
    clinic = _do(*person, "--clinic", "Rila", "--role", "nurse", "--password", PASSWORD)

    assert (weak.exit_code, role.exit_code, clinic.exit_code) == (1, 2, 2)
    assert "at least 12 characters" in weak.stderr
    assert "practitioner" in role.stderr


def test_a_forgotten_password_is_answered_in_the_terminal(instance: Path) -> None:
    _clinic_with_nurse()

    drawn = _done("user", "new-password", "--email", "Ana@example.test").strip()
    nobody = _do("user", "new-password", "--email", "else@example.test")

    assert re.fullmatch(r"([0-9a-z]{4}-){3}[0-9a-z]{4}", drawn)
    assert _scalar(instance, "SELECT count(*) FROM user_account WHERE first_password_until > created_at") == 1
    assert nobody.exit_code == 2 and "no such log-in" in nobody.output


def test_jobs_are_listed_and_run_by_hand(instance: Path) -> None:
    _clinic_with_nurse()

    before = {job["name"]: job for job in json.loads(_done("jobs", "list", "--json"))}
    report = json.loads(_done("jobs", "run", "anchor", "--as-of", "2026-11-01", "--json"))
    after = {job["name"]: job for job in json.loads(_done("jobs", "list", "--json"))}
    unknown = _do("jobs", "run", "nothing")

    assert {"anchor", "verify", "low-stock", "expiring", "expired", "beyond-use"} <= before.keys()
    assert all(job["next_run_at"] and job["about"] for job in before.values())
    assert before["anchor"]["last_run_at"] is None and after["anchor"]["last_run_at"] is not None
    assert report["ok"] and report["done"] == 3
    assert (report["job"], report["skipped"], report["failed"]) == ("anchor", 0, 0)
    assert report["as_of"] == "2026-11-01T00:00:00+00:00"
    (anchors,) = instance.glob("anchors-*.jsonl")
    assert anchors.read_text(encoding="utf-8").count("\n") >= 3
    assert unknown.exit_code == 1


def test_a_backup_is_whole_and_comes_back(instance: Path, tmp_path: Path) -> None:
    _clinic_with_nurse()
    copy = tmp_path / "monday.sqlite"
    _done("jobs", "run", "anchor")
    _done("backup", str(copy))
    _done("clinic", "found", "--name", "Rila", *CLINIC)
    _done("jobs", "run", "anchor")

    again = _do("backup", str(copy))
    _done("restore", str(copy))

    assert again.exit_code == 1
    _done("verify")
    assert "there is no clinic called Rila" in _do(
        "token", "mint", "--email", "ana@example.test", "--clinic", "Rila", "--name", "x"
    ).stderr.replace("\n", " ")
    assert len(list(instance.glob("stockroom.sqlite.before-*"))) == 1
    assert len(list(instance.glob("anchors-*.before-*"))) == 1


def test_a_backup_whose_books_are_not_true_is_not_put_back(instance: Path, tmp_path: Path) -> None:
    _clinic_with_nurse()
    copy = tmp_path / "forged.sqlite"
    _done("backup", str(copy))
    engine = open_engine(f"sqlite:///{copy}")
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.exec_driver_sql(
            "UPDATE journal_head SET seq = seq + 1, hash = 'x' WHERE stream = 'changes'"
        )
    engine.dispose()
    nonsense = tmp_path / "nonsense.sqlite"
    nonsense.write_bytes(b"not a database" * 100)

    forged, unreadable = _do("restore", str(copy)), _do("restore", str(nonsense))

    assert (forged.exit_code, unreadable.exit_code) == (1, 1)
    assert "Not restored: L12" in forged.stderr
    assert "is not a whole backup" in unreadable.stderr
    _done("verify")


# --- the server as a process ------------------------------------------------------------------------


@contextmanager
def _running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server on a free port, and its address; it is stopped by its own id."""
    command = [sys.executable, "-m", "stockroom", "run", "--port", "0", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert "Stockroom is ready at" in line, line + (process.stderr.read() if process.stderr else "")
        yield process, line.split(" at ")[1].split()[0]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=60)


def _get(address: str, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    connection = HTTPConnection(address.removeprefix("http://").rstrip("/"), timeout=60)
    with closing(connection):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.headers)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_the_server_comes_up_answers_and_stops_cleanly(instance: Path, end: signal.Signals) -> None:
    with _running() as (process, address):
        _, page, headers = _get(address, "/login")
        process.send_signal(end)
        out, err = process.communicate(timeout=60)

    assert "Log in" in page
    assert "Server" not in headers
    assert process.returncode == 0
    assert "Stockroom has stopped." in out
    assert "Traceback" not in err


def test_a_start_tells_how_the_five_roles_of_the_demo_log_in(instance: Path) -> None:
    _done("db", "upgrade")
    with opened(None) as store:
        load_demo(store, password_salt="salt", days=1)

    with _running("--demo") as (process, _):
        assert process.stdout is not None
        told = [process.stdout.readline().split() for _ in range(5)]

    roles = ("practitioner", "nurse", "manager", "auditor", "administrator")
    expected = [[role, f"{role}@demo.stockroom.example", "plainly-invented-2026"] for role in roles]
    assert sorted(told) == sorted(expected)


def test_two_schedulers_on_one_database_run_each_slot_once_and_stop_cleanly(instance: Path) -> None:
    _done("db", "upgrade")
    _done("clinic", "found", "--name", "Vitosha", *CLINIC)
    command = [sys.executable, "-m", "stockroom", "scheduler"]
    both = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        for process in both:
            assert process.stdout is not None and "The schedule runs" in process.stdout.readline()
        _wait_until(lambda: _last_runs().issuperset({"anchor", "low-stock", "send-notices"}))
        for process in both:
            process.send_signal(signal.SIGTERM)
        ends = [process.communicate(timeout=60) for process in both]
    finally:
        for process in both:
            if process.poll() is None:
                process.kill()
                process.communicate(timeout=60)

    assert [process.returncode for process in both] == [0, 0], ends
    assert all("Traceback" not in err for _, err in ends)
    engine = open_engine(f"sqlite:///{instance / 'stockroom.sqlite'}")
    with engine.connect() as connection:
        runs = connection.exec_driver_sql("SELECT job, slot, fence FROM job_run").fetchall()
    engine.dispose()
    assert len({(job, slot) for job, slot, _ in runs}) == len(runs)
    assert {fence for _, _, fence in runs} == {1}


def _last_runs() -> set[str]:
    return {job["name"] for job in json.loads(_done("jobs", "list", "--json")) if job["last_run_at"]}


def _wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.2)


def test_the_server_listens_on_this_machine_only(instance: Path) -> None:
    with _running() as (_, address):
        port = int(address.rstrip("/").rsplit(":", 1)[1])
        others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
        for host in others - {"127.0.0.1", "127.0.1.1"}:
            with pytest.raises(OSError):
                socket.create_connection((str(host), port), timeout=2)


def test_a_second_server_on_the_same_sqlite_file_is_refused(instance: Path) -> None:
    with _running():
        second = subprocess.run(
            [sys.executable, "-m", "stockroom", "run", "--port", "0"],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    assert second.returncode == 1
    assert "Another Stockroom serves this SQLite database already" in second.stderr


def test_a_taken_port_is_said_plainly(instance: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = subprocess.run(
            [sys.executable, "-m", "stockroom", "run", "--port", str(taken.getsockname()[1])],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    assert refused.returncode == 1
    assert "cannot be used" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_token_minted_in_the_terminal_opens_the_api(instance: Path) -> None:
    _clinic_with_nurse()
    asked = ("token", "mint", "--email", "ana@example.test", "--clinic", "Vitosha", "--name", "tour")
    token = _done(*asked).strip()

    with _running() as (_, address):
        status, page, _ = _get(address, "/api/v1/clinics", Authorization=f"Bearer {token}")
        stranger, _, _ = _get(address, "/api/v1/clinics")

    assert status == 200
    assert [clinic["name"] for clinic in json.loads(page)["items"]] == ["Vitosha"]
    assert stranger == 401


def test_a_journal_leaves_whole_and_is_proven_without_stockroom(instance: Path, tmp_path: Path) -> None:
    _clinic_with_nurse()
    clinics, organisations = tmp_path / "changes.jsonl", tmp_path / "organisation.jsonl"

    _done("export", "journal", str(clinics), "--clinic", "Vitosha")
    _done("export", "journal", str(organisations))

    for file in (clinics, organisations):
        assert _checked(file).startswith("Intact: ")
    organisations.write_text(organisations.read_text().replace("terminal", "elsewhere", 1))
    assert "entry 1 does not hash to what it says" in _checked(organisations)
    assert _do("export", "journal", str(clinics), "--disclosures").exit_code == 2


def _checked(file: Path) -> str:
    """What the auditor's script says of an export, run by a Python that knows nothing of us."""
    script = ROOT / "stockroom" / "web" / "static" / "check_journal.py"
    command = [sys.executable, "-I", str(script), str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_an_entry_and_the_growth_of_a_journal_are_proven_without_stockroom(
    instance: Path, tmp_path: Path
) -> None:
    _clinic_with_nurse()
    script = ROOT / "stockroom" / "web" / "static" / "check_proof.py"
    kept = json.loads(_done("prove", "root"))
    _done("clinic", "found", "--name", "Rila", *CLINIC)
    now = json.loads(_done("prove", "root"))

    def checked(proof: str, *more: str) -> tuple[int, str]:
        (tmp_path / "proof.json").write_text(proof, encoding="utf-8")
        command = [sys.executable, "-I", "-S", str(script), "proof.json", *more]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ended.stderr == ""
        return ended.returncode, ended.stdout

    entry, growth = _done("prove", "entry", "2"), _done("prove", "growth", str(kept["entries"]))
    assert now["entries"] > kept["entries"] >= 2
    assert checked(entry, "--root", now["root"])[0] == checked(growth, "--root", now["root"])[0] == 0
    assert json.loads(growth)["first_root"] == kept["root"]
    forged = json.loads(entry)
    forged["entry"]["roles"] = "nobody"
    assert checked(json.dumps(forged))[0] == 1
    assert checked(entry, "--root", kept["root"]) == (
        1, f"NOT PROVEN: entry 2 of organisation among {now['entries']}, root {kept['root']}.\n",
    )  # fmt: skip
    assert "none of number 99999" in _do("prove", "entry", "99999").output
