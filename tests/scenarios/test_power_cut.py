"""A power cut in the morning, entered in the afternoon: from the printed sheet to the signature and the recall.

The sheets are printed before; the clinic works on paper while nothing answers; then the codes of the sheet are
scanned back in, each act with its real time, and everything that looks at the books shows what was late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument

from stockroom.clock import civil_date, now
from stockroom.ledger.verify import verify
from stockroom.models import Alert, Container, Deviation, Movement, TreatmentSession
from stockroom.operations.plan_session import NeedOf
from stockroom.queries.traces import forward_from_lot
from stockroom.vocabulary import ContainerType, HoldReason
from tests.builders import Goods, LotAt, key
from tests.decoding import needs_decoder, read_squares
from tests.lateness import form_on, lines_on, page_of_late, said, sent, wall
from tests.patients import register
from tests.recalls import recalled
from tests.serving import Browser, Served, served
from tests.sessions import hold, rows, session

__all__ = ["served"]

HOUR = timedelta(hours=1)


@dataclass
class Morning:
    """A fridge, two patients, and the hour at which the lights went out."""

    served: Served
    filler: Goods
    lot: LotAt
    needles: LotAt
    ana: str
    visits: tuple[str, str]
    cut_at: datetime

    @property
    def codes(self) -> list[str]:
        found = {each.uid: each.short_code for each in rows(self.served.store, TreatmentSession)}
        return [f"SRS:{found[visit]}" for visit in self.visits]

    @property
    def late(self) -> list[Movement]:
        return [each for each in rows(self.served.store, Movement) if each.is_late]


@pytest.fixture
def morning(served: Served, tmp_path: Path) -> Iterator[Morning]:
    house, clinic = served.house, served.clinic
    cut_at = (now() - 5 * HOUR).replace(second=0, microsecond=0)
    filler = house.product("Filler", container_type=ContainerType.MULTI_DOSE, in_use_minutes=24 * 60)
    needle = house.needle()
    lot = clinic.lot_on_shelf(filler, "A1", presentations=3)
    needles = clinic.lot_on_shelf(needle, "N1", presentations=20)
    visits = []
    for n, name in enumerate(("Ana Example", "Boris Example")):
        who = register(house, name, now=cut_at - 24 * HOUR).patient_uid
        needs = (NeedOf(product_uid=filler.uid, quantity=2_000), NeedOf(product_uid=needle.uid, quantity=2))
        at = cut_at + (n + 1) * HOUR / 2
        visits.append(
            (
                who,
                session(house, who, planned_at=at, now=cut_at - HOUR, room_uid=clinic.room.uid, needs=needs),
            )
        )
    yield Morning(
        served=served, filler=filler, lot=lot, needles=needles, ana=visits[0][0],
        visits=(visits[0][1], visits[1][1]), cut_at=cut_at,
    )  # fmt: skip


@needs_decoder
def test_the_morning_is_worked_on_paper_and_entered_in_the_afternoon(morning: Morning) -> None:
    served, clinic = morning.served, morning.served.clinic
    nurse = served.logged_in(clinic.nurse)

    # Before: the sheets. Each session's square is read off the paper by another library than drew it.
    day = civil_date(morning.cut_at, clinic.zone)
    sheet = nurse.get(f"{page_of_late(served)}/sheets/sheets.pdf?day={day}")
    (square,) = read_squares(PdfDocument(sheet.data)[0].render(scale=3).to_pil())
    assert square in morning.codes
    assert "A1" in nurse.get(f"{page_of_late(served)}/sheets?day={day}").text

    # Meanwhile: a vial is opened, two patients are treated, a vial falls. An hour after the first use somebody
    # holds the lot; when the power is back a nurse holds the sheets.
    opened_at, first, second = (morning.cut_at + minutes for minutes in (HOUR / 3, HOUR / 2, 3 * HOUR))
    hold(served.house, morning.lot, HoldReason.SUSPICION, placed_at=first + HOUR)

    # Afternoon: the codes of the sheet begin the lines.
    page = sent(nurse, served, "open", said(reason="Power cut"))
    page = sent(nurse, served, "scan", {**form_on(page), "scan": morning.codes[0]})
    page = sent(nurse, served, "scan", {**form_on(page), "scan": morning.codes[1]})
    page = sent(nurse, served, "use", form_on(page))
    page = sent(nurse, served, "dispose", form_on(page))
    assert lines_on(page) == 5
    fields = form_on(page)
    typed = [
        {"thing": "A1", **wall(served, opened_at)},
        {"thing": "line 1", "amount": "2", **wall(served, first)},
        {"thing": "line 1", "amount": "2", **wall(served, second)},
        {"thing": "N1", "amount": "2", **wall(served, second)},
        {
            "thing": "A1",
            "amount": "1",
            "why": "broken",
            "place_uid": clinic.fridge.uid,
            **wall(served, second),
        },
    ]
    for n, line in enumerate(typed):
        fields |= {f"lines-{n}-{name}": value for name, value in line.items()}
    assert [fields[f"lines-{n}-session_uid"] for n in (1, 2, 3)] == [*morning.visits, morning.visits[1]]

    looked = sent(nurse, served, "look", fields)
    assert (
        looked.text.count("It will be marked:") == 1
    )  # the second use of the vial: the lot was held by then
    assert morning.late == []

    for _ in range(2):  # the button is pressed twice
        assert sent(nurse, served, "send", fields).status_code == 303

    _the_books_say_it(morning, opened_at, first, second)
    _a_second_person_signs(morning)
    _a_recall_finds_both_patients(morning)
    assert verify(served.store).findings == ()


def _the_books_say_it(morning: Morning, opened_at: datetime, first: datetime, second: datetime) -> None:
    kinds = sorted((each.kind, each.occurred_at) for each in morning.late)
    assert kinds == sorted(
        [("open", opened_at), ("use", first), ("use", second), ("use", second), ("dispose", second)]
    )
    assert {each.reason for each in morning.late} == {"Power cut", "broken: Power cut"}
    (vial,) = rows(morning.served.store, Container)
    assert (vial.opened_at, vial.beyond_use_at) == (opened_at, opened_at + 24 * HOUR)
    clinic = morning.served.clinic
    assert (clinic.on_hand(morning.lot), clinic.on_hand(morning.needles)) == (5_000, 18)
    assert [each.rule for each in rows(morning.served.store, Deviation)] == ["held"]


def _a_second_person_signs(morning: Morning) -> None:
    served, clinic = morning.served, morning.served.clinic
    (deviation,) = rows(served.store, Deviation)
    doctor: Browser = served.logged_in(clinic.practitioner)
    alerts = f"/c/{clinic.uid}/alerts"
    assert "Power cut" in doctor.get(alerts).text
    doctor.send(alerts, f"{alerts}/deviations/{deviation.uid}/signature", key=key("sign"))
    assert rows(served.store, Deviation)[0].signed_at is not None
    assert {each.state for each in rows(served.store, Alert, kind="deviation_unsigned")} == {"resolved"}


def _a_recall_finds_both_patients(morning: Morning) -> None:
    served = morning.served
    recalled(served.store, morning.filler.uid, "A1", actor=served.house.practitioner, now=now())
    with served.store.reading() as connection:
        trace = forward_from_lot(connection, [served.clinic.id], lot_uid=morning.lot.uid)
    assert {use.session_uid for use in trace.uses} == set(morning.visits)
    assert all(use.is_late for use in trace.uses)
    patients = {use.patient_uid for use in trace.uses}
    assert morning.ana in patients and len(patients) == 2
