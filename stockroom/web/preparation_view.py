"""How is a cocktail in the making drawn: what it lacks, what to take next, what is in it, and what stops the line?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask import render_template, request
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Connection
from wtforms import (
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.badges import BADGE_HEADS, BADGE_LENGTH
from stockroom.db.identifiers import new_uid
from stockroom.queries.bench_session import BenchVisit, visit_at_bench
from stockroom.queries.bench_today import DaySession, sessions_of_day
from stockroom.queries.locations import locations
from stockroom.queries.preparation_bench import OnBench, on_bench
from stockroom.queries.preparations import IngredientRow, Worksheet, worksheet
from stockroom.reads.patients import PatientIdentity
from stockroom.reads.settings import settings_of
from stockroom.rules.permissions import may
from stockroom.vocabulary import (
    CLOSED_SESSION_STATES,
    UNUSABLE_KINDS,
    Action,
    BaseUnit,
    LocationKind,
    PreparationState,
    Rule,
    SessionState,
)
from stockroom.web.day import asked_day
from stockroom.web.formats import show_time
from stockroom.web.forms import NOT_SIGNED, KeyedForm, OverridingForm, Refusal
from stockroom.web.overfill_form import REASONS, OverfillForm
from stockroom.web.passing_form import PassingForm, earlier_lot
from stockroom.web.patients_named import named_patients
from stockroom.web.scan_text import ScanField

SCAN_LONGEST = 4096
OPEN = "open"
"""The answer that the vial in the hand is a new one."""
UID = r"^[0-9a-f-]{36}$"
BEING_TREATED = (SessionState.ARRIVED, SessionState.PREPARING, SessionState.IN_TREATMENT)
_A = lazy_gettext


class AddForm(PassingForm, OverfillForm):
    """An ingredient that is scanned, or a lot chosen by hand, with what was answered about it so far."""

    scan = ScanField(_A("Scan an ingredient"), validators=[Length(max=SCAN_LONGEST)])
    lot_uid = HiddenField(validators=[Optional(), Regexp(UID)])
    lot_tail = StringField(_A("Last four characters of the lot number"), validators=[Length(max=90)])
    expiry = StringField(_A("Expiry as printed"), validators=[Length(max=40)])
    amount = StringField(_A("Another amount"), validators=[Length(max=20)])
    vial = HiddenField(validators=[Optional(), Regexp(rf"^({OPEN}|[0-9a-f-]{{36}})$")])
    read_by = HiddenField(validators=[Optional(), Regexp(r"^camera$")])
    """Set where a camera read the code."""
    more_products_reason = TextAreaField(_A("Why so many products go into it"), validators=[Length(max=500)])

    @property
    def pointed(self) -> dict[str, str]:
        """The fields that say what was pointed at, to be sent again with an answer."""
        names = ("scan", "lot_uid", "lot_tail", "expiry", "amount", "read_by")
        return {name: data for name in names if (data := getattr(self, name).data)}


class FinishForm(OverridingForm):
    """What came out, where it lies, and who checked it: a second person who signs."""

    location_uid = SelectField(_A("Where does it lie?"), validators=[InputRequired()])
    output = StringField(_A("What came out, in mL"), validators=[Length(max=20)])
    loss_reason = StringField(_A("Why more was lost than usual"), validators=[Length(max=500)])
    then_use = HiddenField(validators=[Optional(), Regexp(r"^yes$")])
    """Yes: what comes out is used at once in the session that it is made for."""


class RemoveForm(KeyedForm):
    """An ingredient of which nothing was drawn."""

    n = IntegerField(validators=[InputRequired(), NumberRange(min=1)])


class AbandonForm(KeyedForm):
    """Why it is not made; what was drawn is asked of each ingredient, in a field of its own."""

    reason = TextAreaField(_A("Why it is abandoned"), validators=[InputRequired(), Length(max=500)])


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
    takes: int
    base_unit: str
    stopped_by: tuple[Rule, ...] = ()
    """What stops it: it is shown last, and chosen it is refused."""


class ReassignForm(KeyedForm):
    """For whom a cocktail is now whose sessions are over."""

    session_uids = SelectMultipleField(_A("For today's sessions"), validators=[InputRequired()])


@dataclass(frozen=True, kw_only=True)
class Stop:
    """What a person answers before the next scan is looked at."""

    kind: str
    """refused, which or reading."""
    form: AddForm
    refusal: Refusal | None = None
    title: str = ""
    choices: tuple[VialChoice, ...] = ()
    readings: tuple[Mapping[str, str], ...] = ()
    by_hand: str = ""
    """The product of which a lot is to be chosen by hand."""

    @property
    def earlier_lot(self) -> str | None:
        """The lot that was to be taken first, where that alone stops the line."""
        return earlier_lot(self.refusal)

    @property
    def hidden(self) -> Mapping[str, str]:
        """What was pointed at and answered so far, as the next form carries it."""
        vial = {"vial": self.form.vial.data} if self.form.vial.data else {}
        return {**self.form.pointed, **vial}

    @property
    def status(self) -> int:
        """A question is an answer like any other: nothing was refused, and nothing was kept."""
        return self.refusal.status if self.refusal else 200


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A cocktail as its page shows it."""

    sheet: Worksheet
    bench: OnBench = field(default_factory=OnBench)
    patients: Mapping[int, PatientIdentity] = field(default_factory=dict)
    """By id; an erased record, and who may read no patients, leaves them out."""
    asks_for_check: bool = False
    """The clinic wants each cocktail checked by a second person."""
    visit: BenchVisit | None = None
    """The one session that a draft is made for, while it is not over."""

    @property
    def is_draft(self) -> bool:
        return self.sheet.preparation.state == PreparationState.DRAFT

    @property
    def room_uid(self) -> str | None:
        """Where it will lie unless somebody says otherwise."""
        return self.visit.room_uid if self.visit is not None else None

    @property
    def is_awaited(self) -> bool:
        """Whether she is here for whom it is made, so that it may be used as soon as it is made."""
        return self.visit is not None and self.visit.state in BEING_TREATED

    @property
    def is_complete(self) -> bool:
        """Whether everything that the recipe asks for is in it, at least a little."""
        return bool(self.sheet.ingredients) and all(each.drawn_quantity for each in self.sheet.wanted)

    @property
    def lost(self) -> tuple[IngredientRow, ...]:
        """Ingredients that a recorded fact took away."""
        return tuple(each for each in self.sheet.ingredients if not each.is_kept) if self.is_draft else ()

    @property
    def liquid(self) -> int:
        """Microlitres that went in."""
        return sum(each.quantity for each in self.sheet.ingredients if each.base_unit == BaseUnit.MICROLITRE)


def read_sheet(preparation_uid: str) -> Sheet:
    """Read a cocktail with its advice and its patients' names, which is disclosed first.  Raises ThingNotFound."""
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        sheet = worksheet(connection, clinic_id, uid=preparation_uid)
        is_draft = sheet.preparation.state == PreparationState.DRAFT
        bench = on_bench(connection, clinic_id, preparation_uid, now=present()) if is_draft else OnBench()
        asks = is_draft and settings_of(connection, clinic_id).second_check_of_cocktails
        visit = visit_for(connection, clinic_id, sheet) if is_draft else None
    patients: Mapping[int, PatientIdentity] = {}
    if may(acting().roles, Action.READ_PATIENTS):
        uids = {each.patient_id: each.patient_uid for each in sheet.sessions}
        patients = named_patients(uids, page="preparation") if uids else {}
    return Sheet(sheet=sheet, bench=bench, patients=patients, asks_for_check=asks, visit=visit)


def visit_for(connection: Connection, clinic_id: int, sheet: Worksheet) -> BenchVisit | None:
    """Give the session that a cocktail is made for, where it is one alone and not over."""
    if len(sheet.sessions) != 1 or sheet.are_sessions_over:
        return None
    return visit_at_bench(connection, clinic_id, uid=sheet.sessions[0].uid)


def draw_preparation(
    preparation_uid: str,
    *,
    stop: Stop | None = None,
    finish: FinishForm | None = None,
    refusal: Refusal | None = None,
) -> tuple[str, int]:
    """Draw the page of a cocktail; `refusal` is of finishing it or of taking something back."""
    read = read_sheet(preparation_uid)
    form = finish or FinishForm(formdata=None)
    if read.is_draft:
        give_choices(form)
        form.location_uid.data = form.location_uid.data or read.room_uid
    scan = AddForm(formdata=None)
    if stop is not None and stop.kind == "refused":
        scan.amount.data = stop.form.amount.data
    if stop is None and read.is_draft:
        scan.scan.data = request.args.get("scan", "")[:SCAN_LONGEST]
    last, limit = request.args.get("n", ""), read.sheet.preparation.own_limit
    page = render_template(
        "prepare/preparation.html",
        read=read,
        sheet=read.sheet,
        preparation=read.sheet.preparation,
        scan=scan,
        stop=stop,
        finish=form,
        finish_refusal=refusal,
        is_asked=finish is not None and refusal is not None,
        last=next((each for each in read.sheet.ingredients if str(each.n) == last), None),
        is_too_late=limit is not None and limit <= present(),
        removal=RemoveForm(formdata=None),
        visits=visits_for(read.sheet) if read.sheet.is_left_over else (),
        acting_uid=acting().person_uid,
        unsigned=refusal is not None and refusal.code in (*NOT_SIGNED, "check_missing", "checker_may_not"),
        fresh_key=lambda: new_uid(present()),
        overfill_reasons=REASONS,
        badge_heads=" ".join(BADGE_HEADS),
        badge_length=BADGE_LENGTH,
    )
    status = stop.status if stop is not None else (refusal.status if refusal is not None else 200)
    return page, status


def visits_for(sheet: Worksheet) -> tuple[tuple[str, str], ...]:
    """Today's sessions to which what was made may go, by uid, each with its time and patient."""
    day, gone = asked_day(), {each.uid for each in sheet.sessions}
    with installation().reading() as connection:
        sessions = sessions_of_day(
            connection, acting().clinic_id, begins_at=day.begins_at, ends_at=day.ends_at
        )
    return tuple(visit for visit in named_visits(sessions) if visit[0] not in gone)


def named_visits(sessions: Iterable[DaySession]) -> tuple[tuple[str, str], ...]:
    """The sessions that are not over, by uid, each with its time and patient; who is read is written down."""
    open_ones = [each for each in sessions if each.state not in CLOSED_SESSION_STATES]
    uids = {each.patient_id: each.patient_uid for each in open_ones}
    known = named_patients(uids, page="prepare") if uids else {}
    return tuple(
        (
            each.uid,
            f"{show_time(each.planned_at)} "
            + (known[each.patient_id].name if each.patient_id in known else gettext("Erased record")),
        )
        for each in open_ones
    )


def give_choices(form: FinishForm) -> None:
    """Give the places where a cocktail may lie."""
    with installation().reading() as connection:
        places = locations(connection, acting().clinic_id)
    usable = [each for each in places if each.closed_at is None and each.kind not in UNUSABLE_KINDS]
    usable.sort(key=lambda each: (each.kind != LocationKind.ROOM, each.name))
    form.location_uid.choices = [(each.uid, each.name) for each in usable]
