"""Does a second person agree over HTTP by her own password, and by nothing less?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.clock import now
from stockroom.models import Signature
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.vocabulary import HoldReason, Role
from tests.api.asking import Asking, refused
from tests.builders import key
from tests.serving import PASSWORD, Served
from tests.sessions import hold, patient, rows
from tests.tableting import PIN, give_badge
from tests.thermometers import warm_fridge


class Bench:
    """A held needle, in a clinic that wants a second person for holds."""

    def __init__(self, served: Served) -> None:
        self.clinic = served.clinic
        decided = SetSettings(values={"second_person_for": ["held"]}, version=1)
        set_settings(served.store, decided, actor=self.clinic.manager, key=key("set"), now=now())
        lot = self.clinic.lot_on_shelf(served.house.needle(), "N1", presentations=9)
        hold(served.house, lot, HoldReason.SUSPICION)
        self.practitioner = Asking(served, self.clinic.practitioner)
        self.colleague = self.clinic.employ(Role.PRACTITIONER, name="Colleague")
        self.email = served.email_with_password(self.colleague)
        plan = {"patient_uid": patient(served.house), "planned_at": now().isoformat()}
        visit = self.practitioner.post("sessions", plan).get_json()["session_uid"]
        self.path = f"sessions/{visit}/usages"
        self.line = {"thing": {"lot_uid": lot.uid}, "quantity": {"quantity": "1", "unit": "piece"}}

    def use(self, **override: Any) -> Any:
        said = {"rules": ["held"], "reason": "It was looked at", **override}
        return self.practitioner.post(self.path, {"lines": [self.line], "override": said})


@pytest.fixture
def bench(served: Served) -> Bench:
    return Bench(served)


def test_without_a_colleague_it_is_refused_and_says_whom_to_call(bench: Bench) -> None:
    answer = bench.use()

    refused(answer, 422, "second_person_missing")
    assert answer.get_json()["may_override"] == ["manager", "practitioner"]


def test_a_colleague_confirms_with_her_own_password(bench: Bench) -> None:
    answer = bench.use(second_person={"email": bench.email, "password": PASSWORD})

    assert answer.status_code == 201
    assert answer.get_json()["overridden"] == ["held"]
    (told,) = bench.practitioner.items("deviations", with_signed="true")
    assert (told["agreed_by"], told["signed_by"]) == ("Colleague", "Colleague")


def test_a_colleague_confirms_with_her_badge_and_with_a_pin_at_a_tablet_only(bench: Bench) -> None:
    badge = give_badge(bench.clinic, bench.colleague)
    pin = {"person_uid": bench.colleague.person_uid, "pin": PIN}

    refused(bench.use(second_person=pin), 403, "only_at_tablet")
    refused(bench.use(second_person={"badge": badge, **pin}), 422, "invalid_fields")
    refused(bench.use(second_person={"badge": "NOBODY"}), 403, "badge_unknown")
    assert bench.use(second_person={"badge": badge}).status_code == 201

    (signature,) = rows(bench.clinic.store, Signature)
    assert (signature.person_name, signature.meaning, signature.way) == ("Colleague", "checked", "badge")


def test_who_shows_a_badge_signs_a_deviation_and_decides_an_excursion(served: Served, bench: Bench) -> None:
    bench.use(
        second_person={"email": served.email_with_password(served.clinic.manager), "password": PASSWORD}
    )
    nurse, badge = Asking(served, served.clinic.nurse), give_badge(bench.clinic, bench.colleague)
    (deviation,) = nurse.items("deviations")
    excursion = warm_fridge(served.clinic, good_at=now(), out_at=now())

    alone = nurse.post(f"deviations/{deviation['uid']}/signature", {})
    signed = nurse.post(f"deviations/{deviation['uid']}/signature", {"signer": {"badge": badge}})
    nurse.post(f"excursions/{excursion}/holds", {})
    decided = nurse.post(
        f"excursions/{excursion}/decision",
        {"verdict": "release", "reason": "leaflet", "signer": {"badge": badge}},
    )

    assert (alone.status_code, signed.status_code, decided.status_code) == (403, 201, 201)
    assert [(each.person_name, each.meaning, each.way) for each in rows(served.store, Signature)][1:] == [
        ("Colleague", "checked", "badge"),
        ("Colleague", "decided", "badge"),
    ]


def test_a_wrong_password_confirms_nothing(bench: Bench) -> None:
    refused(bench.use(second_person={"email": bench.email, "password": "wrong"}), 403, "not_proven")
    assert bench.practitioner.items("deviations", with_signed="true") == []


def test_a_name_alone_proves_nothing(bench: Bench) -> None:
    refused(bench.use(second_person_uid=bench.colleague.person_uid), 422, "invalid_fields")
    refused(bench.use(second_person={"email": bench.email}), 422, "invalid_fields")


def test_nobody_agrees_with_herself(served: Served, bench: Bench) -> None:
    own = served.email_with_password(served.clinic.practitioner)

    refused(bench.use(second_person={"email": own, "password": PASSWORD}), 403, "second_person_may_not")


def test_too_many_wrong_passwords_are_not_looked_at(bench: Bench) -> None:
    for n in range(10):
        bench.use(second_person={"email": bench.email, "password": f"wrong {n}"})

    answer = bench.use(second_person={"email": bench.email, "password": PASSWORD})

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
