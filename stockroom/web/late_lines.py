"""What is said of each thing that happened while the system was away?  The fields of the form for late entry."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, FieldList, Form, FormField, HiddenField, SelectField, StringField, TimeField
from wtforms.validators import Length, Optional, Regexp

from stockroom.access.acting import acting, installation, present
from stockroom.db.identifiers import new_uid
from stockroom.http.keys import PATTERN
from stockroom.queries.late_entry import LateSession, RecipeThen, sessions_between, versions_in_force
from stockroom.queries.locations import locations
from stockroom.queries.reference import words_of
from stockroom.queries.session_plans import prescribers
from stockroom.reads.settings import settings_of
from stockroom.vocabulary import DisposalReason
from stockroom.web.day import instant_here
from stockroom.web.formats import show_instant, show_word, today_here, zone_of_page
from stockroom.web.forms import KeyedForm
from stockroom.web.patients_named import named_patients
from stockroom.web.scan_text import ScanField
from stockroom.web.unpacking_view import supplier_choices

LINES_MAX = 40
PARTS_MAX = 20
_NONE = [("", "–")]


class Kind(StrEnum):
    """What happened."""

    USE = "use"
    OPEN = "open"
    DISPOSE = "dispose"
    MOVE = "move"
    PREPARE = "prepare"
    RECEIVE = "receive"


WORDS = {
    Kind.USE: lazy_gettext("Used on a patient"),
    Kind.OPEN: lazy_gettext("Opened"),
    Kind.DISPOSE: lazy_gettext("Thrown away"),
    Kind.MOVE: lazy_gettext("Put elsewhere"),
    Kind.PREPARE: lazy_gettext("Cocktail made"),
    Kind.RECEIVE: lazy_gettext("Delivered"),
}
ICONS = {
    Kind.USE: "droplet-half",
    Kind.OPEN: "box-seam",
    Kind.DISPOSE: "trash3",
    Kind.MOVE: "arrow-left-right",
    Kind.PREPARE: "cup-straw",
    Kind.RECEIVE: "box-arrow-in-down",
}


def _text(word: str, most: int = 300) -> StringField:
    return StringField(word, validators=[Length(max=most)], filters=[_without_nul])


def _scan(word: str = "") -> StringField:
    word = word or lazy_gettext("Scan, code on it, or lot number")
    return ScanField(word, validators=[Length(max=500)], filters=[_without_nul])


def _choice(word: str) -> SelectField:
    return SelectField(word, validate_choice=False, default="", coerce=lambda said: _without_nul(said) or "")


def _without_nul(said: str | None) -> str | None:
    """What was sent, without the sign that PostgreSQL keeps in no text."""
    return said.replace("\0", "") if said else said


class PartFields(Form):
    """One of several things of a line: an ingredient, or a pack of a delivery."""

    thing = _scan()
    amount = _text(lazy_gettext("How much"), 30)


class LineFields(Form):
    """One thing that happened; which of the fields it has depends on its kind."""

    kind = HiddenField(validators=[Regexp("^(" + "|".join(Kind) + ")$")])
    key = HiddenField(validators=[Regexp(f"^{PATTERN}$")])
    on = DateField(lazy_gettext("Day"), validators=[Optional()])
    at = TimeField(lazy_gettext("Time"), validators=[Optional()])
    session_uid = _choice(lazy_gettext("Session"))
    thing = _scan()
    amount = _text(lazy_gettext("How much"), 30)
    area = _choice(lazy_gettext("Area"))
    technique = _choice(lazy_gettext("Technique"))
    prescriber_uid = _choice(lazy_gettext("Prescribed by"))
    why = _choice(lazy_gettext("Why"))
    note = _text(lazy_gettext("Note"), 500)
    why_more = _text(lazy_gettext("Why more came out of the vial than it should hold"), 500)
    place_uid = _choice(lazy_gettext("Place"))
    from_uid = _choice(lazy_gettext("Taken from"))
    version_uid = _choice(lazy_gettext("Recipe"))
    supplier_uid = _choice(lazy_gettext("Supplier"))
    delivery_note = _text(lazy_gettext("Delivery note"), 100)
    again = _text(lazy_gettext("Why it is booked again"), 500)
    parts = FieldList(FormField(PartFields), max_entries=PARTS_MAX)


class LateForm(KeyedForm):
    """Everything that happened, and why it is written down only now."""

    reason = StringField(lazy_gettext("Why only now"), validators=[Length(max=500)])
    scan = _scan(lazy_gettext("Scan a session, a vial or a pack"))
    lines = FieldList(FormField(LineFields), max_entries=LINES_MAX)


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What may be chosen in the lines."""

    sessions: tuple[LateSession, ...]
    names: dict[str, str]
    """How each session is called: time, room, patient."""
    prescribing: frozenset[str]
    """Who may prescribe."""
    hours: int
    """The clinic's window."""
    choices: dict[str, list[tuple[str, str]]]
    """By field."""

    def session(self, uid: str | None) -> LateSession | None:
        return next((each for each in self.sessions if each.uid == uid), None)


def offered(also: Collection[str] = ()) -> Offered:
    """Look up what may be chosen: sessions within the clinic's window (and those of the uids `also`), places, words."""
    actor, now = acting(), present()
    with installation().reading() as connection:
        hours = settings_of(connection, actor.clinic_id).late_entry_hours
        sessions = sessions_between(
            connection,
            actor.clinic_id,
            begins_at=now - timedelta(hours=hours),
            ends_at=now + timedelta(hours=12),
            also=also,
        )
        places = locations(connection, actor.clinic_id)
        words = words_of(connection, kinds=("areas", "techniques"))
        doctors = prescribers(connection, actor.clinic_id, today=today_here())
        recipes = versions_in_force(connection)
        sellers = supplier_choices(connection)
    patients = named_patients({each.patient_id: each.patient_uid for each in sessions}, page="late_entry")
    open_places = [(each.uid, each.name) for each in places if each.closed_at is None]
    names = {
        each.uid: session_called(each, patients[each.patient_id].name if each.patient_id in patients else "")
        for each in sessions
    }
    return Offered(
        sessions=sessions,
        names=names,
        prescribing=frozenset(each.uid for each in doctors),
        hours=hours,
        choices={
            "session_uid": list(names.items()),
            "area": list(words["areas"]),
            "technique": list(words["techniques"]),
            "prescriber_uid": [(each.uid, each.name) for each in doctors],
            "why": [(reason.value, show_word(reason.value)) for reason in DisposalReason],
            "place_uid": open_places,
            "from_uid": open_places,
            "version_uid": [(each.version_uid, _recipe(each)) for each in recipes],
            "supplier_uid": [(uid, str(name)) for uid, name in sellers if uid],
        },
    )


def session_called(session: LateSession, patient: str) -> str:
    """Give what a session goes by in a list: its time, whose it is (its code where nobody is named), its room."""
    parts = (show_instant(session.planned_at), patient or session.short_code, session.room or "")
    return " · ".join(filter(None, parts))


def _recipe(recipe: RecipeThen) -> str:
    return gettext("%(name)s, version %(number)s", name=recipe.name, number=recipe.number)


def give_choices(form: LateForm, what: Offered) -> None:
    """Fill the choices of every line."""
    for entry in form.lines:
        for name, choices in what.choices.items():
            entry.form[name].choices = [*_NONE, *choices]


def add_line(form: LateForm, kind: Kind, **said: Any) -> None:
    """Add a line that begins where the last one ended: its day, time, session and place."""
    if len(form.lines) >= LINES_MAX:
        return
    last = form.lines.entries[-1].form if form.lines.entries else None
    here = present().astimezone(ZoneInfo(zone_of_page()))
    start: dict[str, Any] = {
        "on": last.on.data if last is not None else here.date(),
        "at": last.at.data if last is not None else None,
        "session_uid": last.session_uid.data if last is not None else "",
        "place_uid": "",
    }
    values = {**start, **{name: value for name, value in said.items() if value}}
    form.lines.append_entry({"kind": kind.value, "key": new_uid(present()), **values})
    if kind in (Kind.PREPARE, Kind.RECEIVE):
        for _ in range(3 if kind is Kind.PREPARE else 1):
            form.lines.entries[-1].form.parts.append_entry()


def keep_lines(form: LateForm, keep: Iterable[int]) -> None:
    """Leave only these lines, by their number from 0, with all that was typed into them."""
    fields = [form.lines.entries[n].form for n in keep]
    kept = [(each.data, dict(each.errors)) for each in fields]
    while form.lines.entries:
        form.lines.pop_entry()
    for said, wrong in kept:
        form.lines.append_entry(said)
        for name, told in wrong.items():
            if name in form.lines.entries[-1].form._fields and name != "parts":
                form.lines.entries[-1].form[name].errors = told


def happened_at(line: Any) -> datetime | None:
    """The instant that a line says; None where day or time is missing."""
    if line.on.data is None or line.at.data is None:
        return None
    return instant_here(line.on.data, line.at.data)
