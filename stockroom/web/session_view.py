"""What does the page of a session show?  Its bench, the last act large, and what stops the line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import render_template, request
from flask_babel import lazy_gettext
from sqlalchemy import Connection
from wtforms import HiddenField, StringField
from wtforms.validators import Length, Optional, Regexp

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.scan import LIMIT_BYTES, Scan
from stockroom.db.identifiers import new_uid
from stockroom.operations.advance_session import TRANSITIONS
from stockroom.queries.availability import outlook
from stockroom.queries.bench_lots import NamedProduct
from stockroom.queries.bench_scans import BenchScan
from stockroom.queries.bench_session import BenchVial, BenchVisit, SessionBench, session_bench, visit_at_bench
from stockroom.queries.bench_uses import BenchUse
from stockroom.queries.cautions_answered import CautionAnswered, cautions_answered
from stockroom.queries.courses import PlaceInCourse, places_in_courses
from stockroom.queries.devices import devices_used
from stockroom.queries.given_by_plan import planned_areas
from stockroom.queries.patients import PatientShown
from stockroom.queries.session_plans import Choice, prescribers
from stockroom.queries.signatures import SignatureRow, signatures_of_session
from stockroom.queries.unsuitable import UnsuitableSession, unsuitable_of_patient
from stockroom.rules.permissions import may_reverse
from stockroom.rules.scanning import step_of
from stockroom.rules.usability import Thing
from stockroom.rules.using import is_used_in_one_go
from stockroom.units import say_quantity, whole_of
from stockroom.vocabulary import CLOSED_SESSION_STATES, BaseUnit, Rule, SessionState
from stockroom.web.formats import today_here, zone_of_page
from stockroom.web.forms import Refusal
from stockroom.web.overfill_form import REASONS, OverfillForm
from stockroom.web.passing_form import PassingForm, earlier_lot
from stockroom.web.patients_named import whole_patient
from stockroom.web.scan_text import ScanField
from stockroom.web.session_given import Given, GivenField, GivenForm, given_fields, given_now
from stockroom.web.session_words import STATE_LOUDNESS, STEP_WORDS
from stockroom.web.worth_session import cost_shown

UID = r"^[0-9a-f-]{36}$"
OPEN = "open"
"""The answer that the vial in the hand is a new one."""


class ScanForm(GivenForm, PassingForm, OverfillForm):
    """A scan in a session, or a lot chosen by hand, with what was answered about it so far."""

    scan = ScanField(lazy_gettext("Scan"), validators=[Length(max=LIMIT_BYTES)])
    lot_uid = HiddenField(validators=[Optional(), Regexp(UID)])
    lot_tail = StringField(
        lazy_gettext("Last four characters of the lot number"), validators=[Length(max=90)]
    )
    expiry = StringField(lazy_gettext("Expiry as printed"), validators=[Length(max=40)])
    vial = HiddenField(validators=[Optional(), Regexp(rf"^({OPEN}|[0-9a-f-]{{36}})$")])
    prescriber_uid = StringField(lazy_gettext("Prescribed by"), validators=[Optional(), Regexp(UID)])
    read_by = HiddenField(validators=[Optional(), Regexp(r"^camera$")])
    """Set where a camera read the code."""
    extra = HiddenField(validators=[Optional(), Regexp(r"^yes$")])
    """Yes: somebody has seen that the plan does not ask for it, and means it."""

    @property
    def pointed(self) -> dict[str, str]:
        """The fields that say what was pointed at, and where and how it is given, to be sent with an answer."""
        names = ("scan", "lot_uid", "lot_tail", "expiry", "prescriber_uid", "read_by", "extra")
        said = {name: data for name in names if (data := getattr(self, name).data)}
        return {**said, **self.given.words}


@dataclass(frozen=True, kw_only=True)
class VialChoice:
    """One answer to *which vial?*, on a large button."""

    value: str
    code: str | None
    """None for a new one."""
    opened_at: datetime | None
    left_words: str
    """As people count it: whole vials of what is sealed."""
    until: datetime | None
    place: str
    takes: int | None
    base_unit: str
    broken: Mapping[str, str]
    """The fields that say that this one broke."""
    stopped_by: tuple[Rule, ...] = ()
    """What stops it: it is shown last, and chosen it is refused."""


@dataclass(frozen=True, kw_only=True)
class Stop:
    """What a person answers before the next scan is looked at."""

    @property
    def earlier_lot(self) -> str | None:
        """The lot that was to be taken first, where that alone stops the line."""
        return earlier_lot(self.refusal)

    kind: str
    """refused, which, not_planned, reading, elsewhere or not_in_books."""
    form: ScanForm | None = None
    refusal: Refusal | None = None
    found: BenchScan | None = None
    choices: tuple[VialChoice, ...] = ()
    meant: Thing | None = None
    """What would be used or opened, where the plan does not ask for it."""
    readings: tuple[dict[str, object], ...] = ()
    address: str = ""
    """Where a label of something else belongs."""
    scan: Scan | None = None
    product: NamedProduct | None = None
    other_clinics: tuple[str, ...] = ()
    may_receive: bool = False
    places: tuple[Choice, ...] = ()
    is_mistyped: bool = False
    """The scanner types for another keyboard, so that the reading is only likely."""
    anew: Mapping[str, str] = field(default_factory=dict)
    """The fields with which a refused act is sent again under an override, and where to."""
    again: str = ""

    @property
    def takes(self) -> int | None:
        """How much of what is meant would be used at once; None where it is sealed and opened first."""
        if self.meant is None or self.found is None:
            return None
        is_opened_first = not self.meant.is_opened and not is_used_in_one_go(self.meant)
        return None if is_opened_first else self.found.proposals[self.meant.location_id].quantity

    @property
    def status(self) -> int:
        """A question is an answer like any other: nothing was refused, and nothing was booked."""
        return self.refusal.status if self.refusal else 200


@dataclass(frozen=True, kw_only=True)
class Changeable:
    """The last use, as its quantity is changed until the next scan."""

    number: str
    unit: str
    base_unit: str
    unit_quantity: int
    """Base units in one of `unit`."""
    step: int
    whole_vial: int | None
    """The quantity that would empty the vial; None for what came from a shelf."""


def draw_session(
    clinic_uid: str, session_uid: str, *, stop: Stop | None = None, last: str = "", made: str = ""
) -> str:
    """Draw the page of a session; `last` is the movement that was just booked, `made` the code of a new cocktail.

    Raises ThingNotFound.
    """
    actor, store = acting(), installation()
    with store.reading() as connection:
        visit = visit_at_bench(connection, actor.clinic_id, uid=session_uid)
        bench = session_bench(connection, actor.clinic_id, visit)
        devices = devices_used(connection, actor.clinic_id, [visit.id]).get(visit.id, [])
        may_prescribe = prescribers(connection, actor.clinic_id, today=today_here())
        sent = stop.form.given if stop is not None and stop.form is not None else None
        ahead = _ahead(connection, visit, bench) if stop is None and not last else NOTHING_AHEAD
        given = () if visit.is_over else _given(connection, bench, sent)
    use = next((each for each in bench.uses if each.movement_uid == last), None)
    vial = next((each for each in bench.vials if each.movement_uid == last), None)
    cocktail = next(
        (each for each in bench.cocktails if each.short_code == made and each.left_quantity), None
    )
    new_vial = opened_for(bench, use) if use is not None else None
    patient = whole_patient(visit.patient_uid, page="session")
    return render_template(
        "session/session.html",
        cautions=_cautions(visit, patient, is_first=stop is None and not last),
        bench=bench,
        unsuitable=_unsuitable(visit, patient),
        devices=devices,
        in_course=ahead.in_course,
        short=ahead.short,
        visit=visit,
        patient=patient,
        stop=stop,
        last_use=use,
        last_vial=vial,
        new_vial=new_vial,
        made=cocktail,
        last_other=last if use is None and vial is None and re.fullmatch(UID, last) else "",
        changeable=_changeable(use) if use is not None else None,
        steps=_steps(visit.state),
        prescribers=may_prescribe,
        prescriber_uid=prescriber_of(bench, may_prescribe, stop),
        given=given,
        fresh_key=lambda: new_uid(present()),
        loudness=STATE_LOUDNESS,
        person_id=actor.person_id,
        person_uid=actor.person_uid,
        signatures=_signatures(visit),
        may_amend=visit.is_over and may_reverse(actor.roles, is_own=False, is_use=True),
        identified=IDENTIFIED,
        overfill_reasons=REASONS,
        opened_scan=request.args.get("scan", "")[:LIMIT_BYTES],
        session_cost=cost_shown(visit.uid) if visit.state in CLOSED_SESSION_STATES else None,
        opened_by_camera=request.args.get("read_by") == "camera",
    )


def opened_for(bench: SessionBench, use: BenchUse) -> BenchVial | None:
    """The vial that was opened in this session for a use, while that is all that was drawn from it."""
    drawn = [each for each in bench.uses if each.container_uid == use.container_uid]
    if use.container_uid is None or len(drawn) > 1:
        return None
    return next((each for each in bench.vials if each.container_uid == use.container_uid), None)


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """What is looked at before the first scan, and not again after each."""

    in_course: PlaceInCourse | None = None
    short: frozenset[str] = frozenset()
    """The uids of needs that what lies in the clinic cannot serve."""


NOTHING_AHEAD = Ahead()


def _ahead(connection: Connection, visit: BenchVisit, bench: SessionBench) -> Ahead:
    clinic_id = acting().clinic_id
    short: frozenset[str] = frozenset()
    if bench.needs and not bench.uses and not visit.is_over:
        lacking = outlook(connection, clinic_id, now=present(), zone=zone_of_page()).short_sessions.get(
            visit.id, ()
        )
        short = frozenset(each.need_uid for each in lacking)
    return Ahead(in_course=places_in_courses(connection, clinic_id, [visit.id]).get(visit.id), short=short)


def _given(connection: Connection, bench: SessionBench, sent: Given | None) -> tuple[GivenField, ...]:
    """Where and how what is scanned next is given, and which areas the plan names."""
    areas = planned_areas(connection, acting().clinic_id, bench.visit.id)
    return given_fields(connection, given_now(connection, bench, sent), areas=areas)


def _cautions(
    visit: BenchVisit, patient: PatientShown | None, *, is_first: bool
) -> tuple[CautionAnswered, ...]:
    """What was asked and answered; after a scan only of whom a flag speaks, so that a scan costs no more."""
    if not is_first and not (patient is not None and patient.flags_now):
        return ()
    with installation().reading() as connection:
        return cautions_answered(connection, acting().clinic_id, visit.id)


def _unsuitable(visit: BenchVisit, patient: PatientShown | None) -> UnsuitableSession | None:
    """What of this session does not suit her; asked only of whom something is known that could speak against it."""
    if visit.is_over or patient is None or not (patient.must_not_get or patient.flags_now):
        return None
    with installation().reading() as connection:
        found = unsuitable_of_patient(connection, acting().clinic_id, uid=patient.identity.uid)
    return next((each for each in found if each.uid == visit.uid), None)


IDENTIFIED = {
    "scan": lazy_gettext("scanned"),
    "camera": lazy_gettext("by camera"),
    "our_label": lazy_gettext("our label"),
    "by_hand": lazy_gettext("by hand"),
    "import": lazy_gettext("imported"),
    "api": lazy_gettext("by a program"),
}


def _signatures(visit: BenchVisit) -> tuple[SignatureRow, ...]:
    """Who signed what; looked up once the session is over."""
    if not visit.is_over:
        return ()
    with installation().reading() as connection:
        return signatures_of_session(connection, acting().clinic_id, visit.uid)


def _changeable(use: BenchUse) -> Changeable:
    base_unit = BaseUnit(use.base_unit)
    shown = say_quantity(use.quantity, base_unit)
    return Changeable(
        number=shown.quantity,
        unit="" if base_unit is BaseUnit.PIECE else shown.unit,
        base_unit=use.base_unit,
        unit_quantity=whole_of(shown.unit),
        step=step_of(base_unit, use.graduation_quantity),
        whole_vial=None if use.left_quantity is None else use.quantity + use.left_quantity,
    )


def _steps(state: str) -> list[tuple[str, Any]]:
    """The steps that may follow, in the order in which a visit goes, with the word on each button."""
    allowed = TRANSITIONS[SessionState(state)]
    return [(step.value, word) for step, word in STEP_WORDS.items() if step in allowed]


def prescriber_of(bench: SessionBench, known: tuple[Choice, ...], stop: Stop | None = None) -> str:
    """Who is chosen as prescriber: what was sent, else the session's practitioner where he or she may."""
    uids = {each.uid for each in known}
    sent = stop.form.prescriber_uid.data if stop is not None and stop.form is not None else ""
    wanted = sent or request.args.get("prescriber", "") or bench.visit.practitioner_uid or ""
    return wanted if wanted in uids else ""


def stop_refused(refusal: Refusal, **more: Any) -> Stop:
    """Make the stop of a refusal."""
    return Stop(kind="refused", refusal=refusal, **more)
