"""Does the terminal trace what is typed, hold an exercise of a recall, and write down who was shown?"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from stockroom.cli import main
from stockroom.cli.installation import opened
from stockroom.models import JournalEntry, Movement, RecallMockResult
from stockroom.operations.reverse import Reverse, reverse
from tests.builders import NOW, House, key
from tests.sessions import line, patient, session, used


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A filler used on a patient, in the database that the terminal takes by itself."""
    monkeypatch.setenv("STOCKROOM_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.delenv("STOCKROOM_DATABASE_URL", raising=False)
    CliRunner().invoke(main, ["db", "upgrade"])
    with opened(None) as store:
        made = House(store)
        filler = made.product("Filler", content_quantity=2)
        used(
            made,
            session(made, patient(made)),
            line(made.clinic.lot_on_shelf(filler, "A1", presentations=2), 2),
        )
        return made


def _trace(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["trace", *arguments])


def test_a_lot_is_traced_in_lines_and_as_json_and_it_is_written_down(house: House) -> None:
    lines, told, back = _trace("A1"), _trace("lot", "A1", "--json"), _trace("A1", "--back")

    assert lines.exit_code == 0 and "1 patients in 1 sessions" in lines.stdout
    assert "used\t" in lines.stdout and "=" in lines.stdout
    assert [use["quantity"] for use in json.loads(told.stdout)["uses"]] == [2]
    assert "used\t" not in back.stdout and "lot\tA1" in back.stdout
    with opened(None) as store, store.reading() as connection:
        disclosures = select(func.count()).select_from(JournalEntry).where(JournalEntry.kind == "disclosure")
        assert connection.execute(disclosures).scalar_one() == 1, "once an hour"


def test_what_was_taken_back_since_is_said_beside_what_the_books_said_then(house: House) -> None:
    with opened(None) as store, store.reading() as connection:
        uid = connection.execute(select(Movement.uid).where(Movement.kind == "use")).scalar_one()
        back = Reverse(movement_uid=uid, reason="another\tvial")
        reverse(store, back, actor=house.clinic.practitioner, key=key("back"), now=NOW + timedelta(hours=2))
    then = ("A1", "--as-of", (NOW + timedelta(hours=1)).isoformat())

    lines, told, of_now = _trace(*then), _trace(*then, "--json"), _trace("A1")

    (use,) = json.loads(told.stdout)["uses"]
    assert use["taken_back"]["reason"] == "another\tvial"
    (used_line,) = [each for each in lines.stdout.splitlines() if each.startswith("used\t")]
    assert used_line.split("\t")[-1].startswith("changed since entry: taken back ")
    assert used_line.endswith("by Practitioner Vitosha: another vial")
    assert "used\t" not in of_now.stdout


def test_what_may_be_several_things_is_told_and_none_is_chosen(house: House) -> None:
    with opened(None) as store:
        again = House.__new__(House)
        again.__dict__.update(house.__dict__, store=store)
        again.clinic.lot_on_shelf(again.product("Other"), "a1")
    several, nothing, early = _trace("A1"), _trace("NOPE"), _trace("A1", "--as-of", "tomorrow")

    assert several.exit_code == 2 and several.stderr.count("lot\t") == 2
    assert nothing.exit_code == 1 and "NOPE" in nothing.stderr
    assert early.exit_code == 2


def test_an_exercise_goes_from_a_lot_to_its_patients_and_its_result_is_kept(house: House) -> None:
    def mock(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["recall", "mock", *arguments])

    told, said, nothing = mock("A1", "--json"), mock("A1"), mock("NOPE")

    found = json.loads(told.stdout)
    assert (found["lots"], found["cocktails"], found["sessions"], found["patients"]) == (1, 0, 1, 1)
    assert found["is_complete"] is True and found["seconds"] < 60
    assert said.exit_code == 0 and "1 sessions, 1 patients" in said.stdout and "complete" in said.stdout
    assert nothing.exit_code == 2 and "No lot" in nothing.stderr
    with opened(None) as store, store.reading() as connection:
        assert connection.execute(select(func.count(RecallMockResult.id))).scalar_one() == 2
