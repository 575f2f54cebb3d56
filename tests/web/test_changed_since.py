"""Do printouts say in one form what was taken back, corrected or put right after it was entered?"""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

from stockroom.clock import now
from stockroom.operations.correct_lot import CorrectLot, correct_lot
from stockroom.operations.dispose import DisposalOf, Dispose, dispose
from stockroom.operations.record_use import RecordUse, record_use
from stockroom.operations.return_to_supplier import ReturnLine, ReturnToSupplier, return_to_supplier
from stockroom.operations.reverse import Reverse, reverse
from stockroom.outside.pdf_text import text_of
from stockroom.rules.using import ThingName
from stockroom.vocabulary import DisposalReason
from stockroom.web.changed_since import CHANGED
from tests.builders import FAR, NOW, key
from tests.cocktails import add, begin, finish
from tests.counts import Counting, because, lies, priced
from tests.serving import Browser, Served
from tests.sessions import line, opened, patient, session, used

HOUR = timedelta(hours=1)


class Story:
    """Of lot A1 two vials were used and one thrown away; a use was taken back, then the lot was found to be B2."""

    def __init__(self, served: Served) -> None:
        house, clinic = served.house, served.clinic
        self.clinic, store = clinic, served.store
        filler = house.product("Filler", content_quantity=1000)
        self.lot = priced(house, filler, "A1", packs=9, cents=1000)
        self.patient_uid = her = patient(house)
        moved = [used(house, session(house, her), line(self.lot, 1000)) for _ in range(2)]
        self.wrong, self.right = (each.movement_uid for each in moved)
        thing = ThingName(lot_uid=self.lot.uid, location_uid=clinic.fridge.uid)
        gone = Dispose(
            lines=(DisposalOf(thing=thing, quantity=1000),), reason=DisposalReason.BROKEN, note="fell"
        )
        dispose(store, gone, actor=clinic.nurse, key=key("gone"), now=NOW)
        back = Reverse(movement_uid=self.wrong, reason="another vial")
        reverse(store, back, actor=clinic.practitioner, key=key("back"), now=NOW + 2 * HOUR)
        right = CorrectLot(lot_uid=self.lot.uid, number="B2", expires_on=FAR, reason="A read as B")
        put = correct_lot(store, right, actor=clinic.practitioner, key=key("lot"), now=NOW + 4 * HOUR)
        self.true_uid = put.lot_uid
        self.browser: Browser = served.logged_in(clinic.auditor)

    def get(self, path: str) -> Any:
        answer = self.browser.client.get(f"/c/{self.clinic.uid}/{path}")
        assert answer.status_code == 200, answer.text
        return answer

    def marks(self, path: str) -> list[str]:
        """What the column says, row by row."""
        rows = csv.DictReader(io.StringIO(self.get(path).text.removeprefix("\ufeff")))
        return [row[CHANGED] for row in rows]


def test_counts_returns_cocktails_and_what_was_late_say_what_was_taken_back(served: Served) -> None:
    house, clinic, store, at = served.house, served.clinic, served.store, now()
    filler, fridge = house.product("Filler", content_quantity=1000), clinic.fridge
    lot = clinic.lot_on_shelf(filler, "A1", presentations=9)
    counting = Counting(house, now=at)
    counting.found(lies(lot, fridge, 8000), now=at)
    booked = counting.confirm(because(lot, fridge), now=at)
    sent = ReturnToSupplier(
        supplier_uid=house.supplier_uid, reference="RMA 7", reason="crushed",
        lines=tuple(ReturnLine(lot_uid=lot.uid, from_uid=fridge.uid, quantity=1000) for _ in range(2)),
    )  # fmt: skip
    returned = return_to_supplier(store, sent, actor=house.nurse, key=key("back"), now=at)
    late = RecordUse(
        session_uid=session(house, now=at, planned_at=at), lines=(line(lot, 1000),),
        occurred_at=at - HOUR, reason="a power cut",
    )  # fmt: skip
    recorded = record_use(store, late, actor=house.nurse, key=key("late"), now=at)
    draft = begin(house, None, session(house, now=at, planned_at=at), reason="to try", now=at).preparation_uid
    add(house, draft, location_uid=opened(house, lot, now=at).container_uid, quantity=500, now=at)
    made = finish(house, draft, output_quantity=500, now=at)
    for each, only in (
        (booked.movement_uid, ()), (returned.movement_uid, (2,)), (recorded.movement_uid, ()), (made.movement_uid, ()),
    ):  # fmt: skip
        back = Reverse(movement_uid=str(each), reason="not so", line_numbers=only)
        reverse(store, back, actor=clinic.practitioner, key=key("reverse"), now=at)
    browser = served.logged_in(clinic.manager)

    def mark(path: str) -> str:
        answer = browser.get(f"/c/{clinic.uid}/{path}")
        assert answer.status_code == 200, (path, answer.text[-1500:])
        told = answer.text.removeprefix("\ufeff")
        return "; ".join(row[CHANGED] for row in csv.DictReader(io.StringIO(told)))

    for path in (
        f"count-report/stocktakes/{booked.stocktake_uid}.csv",
        "prepare/made.csv",
        "late/recorded.csv",
    ):
        said = mark(path)
        assert said.startswith("taken back ") and said.endswith("by Practitioner Vitosha: not so"), path
    assert mark("returns/returns.csv").startswith("1 of 2 lines: taken back ")


def test_every_file_of_a_story_says_what_became_of_its_rows(served: Served) -> None:
    story = Story(served)
    back, put_right = "taken back ", "corrected by Practitioner Vitosha: A read as B"
    instead = "(another line stands in its place)"

    (line_mark,) = story.marks(f"movements/{story.wrong}/lines.csv")
    assert line_mark.startswith(back) and line_mark.endswith("by Practitioner Vitosha: another vial")
    history = story.marks(f"lots/{story.lot.uid}/history.csv")
    assert sum(each.endswith(instead) for each in history) == 3, "what was received, used and thrown away"
    assert sum(each.endswith("another vial") for each in history) == 1
    assert history.count("") == 4, "the reversals themselves"
    (receipt,) = story.marks("receive/receipts.csv")
    assert receipt.startswith(back) and receipt.endswith(instead)

    then = (NOW + HOUR).isoformat().replace("+", "%2B")
    uses = f"trace/lot/{story.lot.uid}/uses.csv?as_of={then}"
    assert [each.startswith(back) for each in story.marks(uses)] == [True, True]
    told = json.loads(story.get(uses.replace("uses.csv", "trace.json")).text)["uses"]
    assert [each[CHANGED] for each in told] == story.marks(uses)
    assert story.marks(f"trace/lot/{story.true_uid}/uses.csv") == [put_right]

    days = f"since={NOW.date()}&until={NOW.date()}"
    assert story.marks(f"worth/losses/lines.csv?{days}") == [put_right]
    assert put_right in story.marks(f"by-person/acts.csv?{days}")
    paper = " ".join(text_of(story.get(f"lots/{story.true_uid}/inspection.pdf").data).split())
    assert "corrected by" in paper and "in the books as A1" in paper
    assert put_right in story.get(f"lots/{story.true_uid}/inspection").text

    held = f"/c/{story.clinic.uid}/patients/{story.patient_uid}/held.pdf"
    paper = text_of(served.logged_in(story.clinic.manager).client.get(held).data)
    assert "another vial" in " ".join(paper.split())
