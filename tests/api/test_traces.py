"""Does a trace lead from a scanned pack to every patient and back, and is it written down who was shown whom?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from stockroom.access import disclosing
from stockroom.clock import now
from stockroom.db.transaction import DISCLOSURES
from stockroom.errors import Unavailable
from stockroom.http import showing
from stockroom.models import JournalEntry
from stockroom.operations.employ import GiveRole, give_role
from stockroom.operations.use_device import UseDevice, use_device
from stockroom.queries import traces
from stockroom.vocabulary import Role
from tests.api.calling import Caller, administrator, amount, manager, nurse, practitioner, stranger
from tests.builders import key
from tests.devices import device
from tests.receiving import gs1
from tests.serving import Served
from tests.sessions import patient

__all__ = ["administrator", "manager", "nurse", "practitioner", "stranger"]


class Story:
    """A vial that came in a delivery, was opened, and used on a patient."""

    def __init__(self, served: Served, nurse: Caller) -> None:
        self.filler = served.house.product("Filler", content_quantity=2000)
        self.patient = patient(served.house)
        line = {"location_uid": served.clinic.fridge.uid, "scan": gs1(self.filler.gtin, "A1")}
        self.receipt = nurse.post(
            "/receipts",
            {
                "supplier_uid": served.house.supplier_uid,
                "delivery_note": "DN-1",
                "arrived_at": now().isoformat(),
                "state_on_arrival": "good",
                "lines": [line],
            },
        )
        self.lot: str = self.receipt["lines"][0]["lot_uid"]
        self.vial: str = nurse.post("/containers", {"thing": {"lot_uid": self.lot}})["container_uid"]
        planned = {"patient_uid": self.patient, "planned_at": now().isoformat()}
        self.session: str = nurse.post("/sessions", planned)["session_uid"]
        drawn = {"thing": {"location_uid": self.vial}, "quantity": amount("1.5")}
        self.use: str = nurse.post(f"/sessions/{self.session}/usages", {"lines": [drawn]})["movement_uid"]


@pytest.fixture
def story(served: Served, nurse: Caller) -> Story:
    return Story(served, nurse)


def disclosed(served: Served) -> list[dict[str, Any]]:
    with served.store.reading() as connection:
        payloads = connection.execute(
            select(JournalEntry.payload).where(JournalEntry.stream == DISCLOSURES).order_by(JournalEntry.seq)
        ).scalars()
        return [json.loads(payload) for payload in payloads]


def test_a_lot_is_traced_to_its_patient_from_every_name_of_it(
    served: Served, nurse: Caller, story: Story
) -> None:
    names: tuple[dict[str, Any], ...] = (
        {"lot": story.lot},
        {"gtin": story.filler.gtin, "lot_number": "A1"},
        {"container": story.vial},
    )

    for name in names:
        trace = nurse.get("/traces", **name)
        (use,) = trace["uses"]
        assert (use["patient_uid"], use["quantity"], use["movement_uid"]) == (
            story.patient, amount("1.5"), story.use,
        )  # fmt: skip
        assert [each["uid"] for each in trace["patients"]] == [story.patient]
        assert trace["is_complete"]
    assert [each["patients"] for each in disclosed(served)] == [[story.patient]], "once an hour"
    (account,) = nurse.get("/traces", lot=story.lot)["accounts"]
    assert (account["received"], account["used"], account["on_hand"]) == (
        amount("2"), amount("1.5"), amount("0.5"),
    )  # fmt: skip


def test_a_patient_and_a_session_are_traced_back_to_receipt_and_supplier(nurse: Caller, story: Story) -> None:
    names: tuple[dict[str, Any], ...] = ({"session": story.session}, {"patient": story.patient})
    for name in names:
        trace = nurse.get("/traces", **name)
        (origin,) = trace["origins"]
        assert (origin["receipt_uid"], origin["supplier_name"], origin["quantity"]) == (
            story.receipt["receipt_uid"], "Demo Supply", amount("2"),
        )  # fmt: skip
        assert [use["lot_number"] for use in trace["uses"]] == ["A1"]


def test_a_use_that_was_put_right_is_traced_to_the_right_patient(
    served: Served, nurse: Caller, story: Story
) -> None:
    right = patient(served.house)
    session = nurse.post("/sessions", {"patient_uid": right, "planned_at": now().isoformat()})["session_uid"]
    body = {
        "reason": "Wrong patient",
        "session_uid": session,
        "lines": [{"n": 1, "quantity": amount("1.25")}],
    }
    request = key("correct")

    corrected = nurse.post(f"/movements/{story.use}/correction", body, request=request)
    again = nurse.post(f"/movements/{story.use}/correction", body, request=request)
    (use,) = nurse.get("/traces", lot=story.lot)["uses"]

    assert corrected == again
    assert (use["patient_uid"], use["quantity"]) == (right, amount("1.25"))
    assert use["in_place"]["reason"] and use["taken_back"] is None
    assert nurse.get("/traces", patient=story.patient)["uses"] == []
    shown = nurse.get(f"/movements/{corrected['movement_uid']}")
    assert (shown["kind"], shown["replaces_uid"]) == ("correct", story.use)


def test_a_use_that_was_taken_back_is_in_no_trace_and_nobody_was_shown(
    served: Served, nurse: Caller, story: Story
) -> None:
    entered = nurse.get(f"/movements/{story.use}")["recorded_at"]
    nurse.post(f"/movements/{story.use}/reversal", {"reason": "Not used"})

    then = nurse.get("/traces", patient=story.patient, as_of=entered)["uses"]
    trace = nurse.get("/traces", lot=story.lot)
    twice = nurse.post(f"/movements/{story.use}/reversal", {"reason": "Not used"}, 409)

    assert (trace["uses"], trace["patients"], len(disclosed(served))) == ([], [], 1), (
        "of what was said then alone"
    )
    assert [(use["taken_back"]["reason"], use["taken_back"]["replaced"]) for use in then] == [
        ("Not used", False)
    ]
    assert twice["code"] == "already_reversed"


def test_a_trace_begins_at_one_thing_of_this_clinic(
    nurse: Caller, stranger: Caller, administrator: Caller, story: Story
) -> None:
    nurse.get("/traces", 422)
    nurse.get("/traces", 422, lot=story.lot, session=story.session)
    nurse.get("/traces", 422, gtin=story.filler.gtin)
    stranger.get("/traces", 404, lot=story.lot)
    stranger.get("/traces", 404, session=story.session)
    stranger.get("/traces", 404, container=story.vial)
    administrator.get("/traces", 403, lot=story.lot)


def test_movements_are_listed_by_kind_and_shown_with_their_lines(
    nurse: Caller, manager: Caller, stranger: Caller, story: Story
) -> None:
    kinds = [row["kind"] for row in nurse.get("/movements")["items"]]
    (use,) = nurse.get("/movements", kind="use")["items"]
    shown = nurse.get(f"/movements/{story.use}")

    assert kinds == ["use", "open", "receive"]
    assert (use["uid"], shown["lines"][0]["quantity"]) == (story.use, amount("1.5"))
    stranger.get(f"/movements/{story.use}", 404)
    stranger.post(f"/movements/{story.use}/reversal", {"reason": "Not mine"}, 404)
    manager.post(f"/movements/{story.use}/correction", {"reason": "x", "session_uid": story.session}, 403)
    nurse.get("/movements", 422, kind="magic")
    nurse.post(f"/movements/{story.use}/reversal", {"reason": "x", "lines": [1]}, 422)


@pytest.mark.parametrize("way", ["lot", "patient", "device"])
def test_many_uses_are_sent_as_they_are_read_in_the_same_words(
    served: Served, nurse: Caller, story: Story, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    pen = device(served.house, serial="SN-1")
    told = UseDevice(session_uid=story.session, device_uid=pen)
    use_device(served.store, told, actor=served.house.nurse, key=key("device"), now=now())
    drawn = {"thing": {"location_uid": story.vial}, "quantity": amount("0.1")}
    for _ in range(3):
        nurse.post(f"/sessions/{story.session}/usages", {"lines": [drawn]})
    named = {way: {"lot": story.lot, "patient": story.patient, "device": pen}[way]}
    held = nurse.get("/traces", **named)
    for traced in (traces.traced_forward, traces.traced_back):
        monkeypatch.setitem(traced.__kwdefaults__, "held_max", 2)
    monkeypatch.setattr(showing, "_ROWS_AT_ONCE", 3)

    assert nurse.get("/traces", **named) == held
    assert len(held["uses"]) == 4 and len(disclosed(served)) == 1


def test_nothing_of_many_uses_is_sent_where_nobody_can_be_told_of_it(
    served: Served, nurse: Caller, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise Unavailable()

    monkeypatch.setitem(traces.traced_forward.__kwdefaults__, "held_max", 0)
    monkeypatch.setattr(disclosing, "perform", fail)

    answer = nurse.get("/traces", 503, lot=story.lot)

    assert story.patient not in json.dumps(answer)


class Chain:
    """A lot of which some was sent to Rila and used on a patient there."""

    def __init__(self, served: Served, nurse: Caller) -> None:
        self.rila = served.house.another_clinic("Rila")
        self.filler = served.house.product("Filler", content_quantity=2000)
        lot = served.clinic.lot_on_shelf(self.filler, "A1", presentations=5)
        self.lot = lot.uid
        there = Caller(served, self.rila.nurse)
        line = {"lot_uid": lot.uid, "from_uid": served.clinic.fridge.uid, "quantity": amount("2")}
        sent = nurse.post("/transfers", {"to_clinic_uid": self.rila.uid, "lines": [line]})["transfer_uid"]
        came = {"scan": gs1(self.filler.gtin, "A1"), "location_uid": self.rila.fridge.uid}
        arrived = there.post(f"/transfers/{sent}/arrival", {"arrived_at": now().isoformat(), "lines": [came]})
        (self.lot_there,) = arrived["lot_uids"]
        self.patient = patient(served.house)
        vial = there.post("/containers", {"thing": {"lot_uid": self.lot_there}})["container_uid"]
        planned = {"patient_uid": self.patient, "planned_at": now().isoformat()}
        self.session: str = there.post("/sessions", planned)["session_uid"]
        drawn = {"thing": {"location_uid": vial}, "quantity": amount("1.5")}
        there.post(f"/sessions/{self.session}/usages", {"lines": [drawn]})


@pytest.fixture
def chain(served: Served, nurse: Caller) -> Chain:
    return Chain(served, nurse)


def _employ_at(served: Served, clinic: Any, actor: Any, role: Role) -> None:
    given = GiveRole(user_uid=served.uid_of_user(actor), role=role)
    give_role(served.store, given, actor=clinic.system, key=key(), now=now())


def test_a_text_names_what_a_trace_begins_with_and_several_of_one_number_are_all_given(
    served: Served, nurse: Caller, stranger: Caller, story: Story
) -> None:
    other = served.clinic.lot_on_shelf(served.house.product("Other"), "a1")

    found = nurse.get("/traces/things", text="A1")
    coded = nurse.get("/traces/things", text=gs1(story.filler.gtin, "A1"))
    missing = nurse.get("/traces/things", text=gs1(story.filler.gtin, "Z9"))

    assert {(each["kind"], each["uid"]) for each in found["items"]} == {
        ("lot", story.lot),
        ("lot", other.uid),
    }
    assert [(each["kind"], each["uid"]) for each in coded["items"]] == [("lot", story.lot)]
    assert found["doubt"] is None
    assert (missing["doubt"], [each["kind"] for each in missing["items"]]) == ("lot_not_here", ["product"])
    nurse.get("/traces/things", 404, text="NOPE")
    stranger.get("/traces/things", 404, text=story.lot)


def test_a_delivery_and_a_supplier_are_traced_at_once_and_as_of_an_instant(
    nurse: Caller, story: Story
) -> None:
    whole = nurse.get("/traces", receipt=story.receipt["receipt_uid"])
    before = nurse.get("/traces", lot=story.lot, as_of="2020-01-01T00:00:00Z")
    back = nurse.get("/traces", lot=story.lot, back="true")

    assert [use["movement_uid"] for use in whole["uses"]] == [story.use]
    assert [vial["uid"] for vial in whole["vials"]] == [story.vial]
    assert (before["uses"], before["accounts"][0]["on_hand"]) == ([], amount("0"))
    assert (back["direction"], back["origins"][0]["delivery_note"]) == ("back", "DN-1")
    nurse.get("/traces", 422, lot=story.lot, as_of="2999-01-01T00:00:00Z")


def test_a_trail_that_leaves_for_a_clinic_one_may_not_see_says_so(nurse: Caller, chain: Chain) -> None:
    for name in ({"lot": chain.lot}, {"gtin": chain.filler.gtin, "lot_number": "A1"}):
        trace = nurse.get("/traces", **name)

        assert (trace["uses"], trace["patients"]) == ([], [])
        assert (trace["unseen_clinics"], trace["is_complete"]) == (1, False)


def test_a_trail_is_followed_into_every_clinic_where_one_may_trace_and_told_to_each(
    served: Served, nurse: Caller, chain: Chain
) -> None:
    _employ_at(served, chain.rila, served.clinic.nurse, Role.AUDITOR)

    trace = nurse.get("/traces", lot=chain.lot)
    back = nurse.get("/traces", patient=chain.patient)

    assert [use["patient_uid"] for use in trace["uses"]] == [chain.patient]
    assert {lot["clinic_name"] for lot in trace["lots"]} == {"Vitosha", "Rila"}
    assert (trace["unseen_clinics"], trace["is_complete"]) == (0, True)
    assert [use["session_uid"] for use in back["uses"]] == [chain.session]
    assert {lot["uid"] for lot in back["lots"]} == {chain.lot, chain.lot_there}
    with served.store.reading() as connection:
        told = connection.execute(
            select(JournalEntry.clinic_id, JournalEntry.actor_uid).where(JournalEntry.stream == DISCLOSURES)
        ).all()
    assert {(row.clinic_id, row.actor_uid) for row in told} == {
        (chain.rila.id, served.clinic.nurse.person_uid)
    }


def test_a_trail_is_not_followed_where_ones_role_may_not_trace(
    served: Served, nurse: Caller, chain: Chain
) -> None:
    _employ_at(served, chain.rila, served.clinic.nurse, Role.ADMINISTRATOR)

    assert nurse.get("/traces", lot=chain.lot)["unseen_clinics"] == 1


def test_a_trace_begins_in_the_clinic_acted_in_whatever_else_one_may_see(
    served: Served, nurse: Caller, chain: Chain
) -> None:
    _employ_at(served, chain.rila, served.clinic.nurse, Role.NURSE)

    nurse.get("/traces", 404, lot=chain.lot_there)
    nurse.get("/traces", 404, session=chain.session)
