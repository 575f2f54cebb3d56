"""How is a protocol written on screen, and changed?  What it said before stays as a version."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import (
    FieldList,
    FormField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue
from stockroom.operations.write_protocol import (
    ProtocolWritten,
    ReviseProtocol,
    WriteProtocol,
    revise_protocol,
    write_protocol,
)
from stockroom.queries.protocols import ProtocolShown, ProtocolVersionRow, protocol
from stockroom.queries.reference import words_of
from stockroom.queries.session_plans import Needable, needables
from stockroom.rules.courses import SESSIONS_MAX, STEP_MAX
from stockroom.rules.planning import NEEDS_MAX
from stockroom.rules.protocols import NAME_LONGEST, TEXT_LONGEST, ProtocolOf, Spacing, UseOf
from stockroom.vocabulary import NeedUse, SpanUnit
from stockroom.web.course_words import UNIT_WORDS, USE_WORDS
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.goods_here import typed_with_unit
from stockroom.web.need_rows import NeedFields, typed_need
from stockroom.web.source_words import show_note, show_sources

blp = Blueprint("protocol_form_page", __name__, url_prefix="/c/<clinic_uid>/protocols")
SPARE_ROWS = 3
_ = lazy_gettext


def _number(label: Any, most: int) -> IntegerField:
    return IntegerField(label, validators=[Optional(), NumberRange(min=1, max=most)])


class UseFields(NeedFields):
    """One row: what it is for, of what, and how much."""

    use = SelectField(
        _("For"), choices=[(use.value, USE_WORDS[use]) for use in NeedUse], default=NeedUse.TREATMENT.value
    )


class ProtocolForm(KeyedForm):
    """Everything that a protocol says."""

    version = IntegerField(validators=[Optional()], widget=HiddenInput())
    name = StringField(
        _("Name"), validators=[DataRequired(_("A protocol has a name.")), Length(max=NAME_LONGEST)]
    )
    purpose = TextAreaField(_("What it is for"), validators=[Length(max=TEXT_LONGEST)])
    sources = StringField(_("Where it comes from"), validators=[Length(max=TEXT_LONGEST)])
    note = TextAreaField(_("Note"), validators=[Length(max=TEXT_LONGEST)])
    sessions_from = _number(_("Sessions, from"), SESSIONS_MAX)
    sessions_to = _number(_("to"), SESSIONS_MAX)
    interval_from = _number(_("Apart, from"), STEP_MAX)
    interval_to = _number(_("to"), STEP_MAX)
    interval_unit = SelectField(
        _("Counted in"), choices=[(unit.value, UNIT_WORDS[unit]) for unit in SpanUnit], default="weeks"
    )
    maintenance_from = _number(_("Maintenance every, from"), STEP_MAX)
    maintenance_to = _number(_("to"), STEP_MAX)
    maintenance_unit = SelectField(
        _("Counted in"), choices=[(unit.value, UNIT_WORDS[unit]) for unit in SpanUnit], default="months"
    )
    maintenance = StringField(_("Maintenance, in words"), validators=[Length(max=TEXT_LONGEST)])
    areas = SelectMultipleField(_("Areas"))
    technique = SelectField(_("Technique"), default="")
    needs = FieldList(FormField(UseFields), max_entries=NEEDS_MAX)
    reason = StringField(
        _("Why it is written"), validators=[DataRequired(_("Say why.")), Length(max=TEXT_LONGEST)]
    )

    def says(self, offered: Iterable[Needable]) -> ProtocolOf:
        """What is typed.  Raises InvalidValue, beside the row or field that it is about."""
        return ProtocolOf(
            reason=_said(self.reason),
            purpose=_said(self.purpose),
            sources=_said(self.sources),
            note=_said(self.note),
            sessions_from=self.sessions_from.data,
            sessions_to=self.sessions_to.data,
            interval=_spacing(self.interval_from, self.interval_to, self.interval_unit),
            maintenance_every=_spacing(self.maintenance_from, self.maintenance_to, self.maintenance_unit),
            maintenance=_said(self.maintenance),
            areas=tuple(self.areas.data or ()),
            technique=self.technique.data or "",
            needs=_uses(self.needs, tuple(offered)),
        )


def _said(field: Any) -> str:
    return (field.data or "").strip()


def _spacing(least: IntegerField, most: IntegerField, unit: SelectField) -> Spacing | None:
    if least.data is None:
        if most.data is not None:
            least.errors = [gettext("Say from how many on.")]
            raise InvalidValue(field=least.name, problem=gettext("say from how many on"))
        return None
    return Spacing(least=least.data, most=most.data, unit=SpanUnit(unit.data))


def _uses(rows: Iterable[Any], offered: tuple[Needable, ...]) -> tuple[UseOf, ...]:
    found = ((row.form, typed_need(row.form, offered)) for row in rows)
    return tuple(UseOf(use=NeedUse(row.use.data), need=need) for row, need in found if need is not None)


@blp.get("/new")
def new(clinic_uid: str) -> ResponseReturnValue:
    """An empty form."""
    form, offered = _form()
    return _page(form, offered)


@blp.post("/new")
def write(clinic_uid: str) -> ResponseReturnValue:
    """Write it down, or give the form more rows."""
    form, offered = _form()
    if request.form.get("act") == "more":
        return _page(form, offered)
    done = send(
        form,
        lambda: write_protocol(
            installation(), WriteProtocol(name=_said(form.name), says=form.says(offered)), **_by(form)
        ),
    )
    if isinstance(done, Refusal):
        return _page(form, offered, refusal=done), done.status
    return _to(clinic_uid, done)


@blp.get("/<protocol_uid>/change")
def change(clinic_uid: str, protocol_uid: str) -> ResponseReturnValue:
    """The form with what it says now."""
    shown = _shown(protocol_uid)
    form, offered = _form(shown)
    return _page(form, offered, shown=shown)


@blp.post("/<protocol_uid>/change")
def revise(clinic_uid: str, protocol_uid: str) -> ResponseReturnValue:
    """Write a further version, or give the form more rows."""
    shown = _shown(protocol_uid)
    form, offered = _form()
    if request.form.get("act") == "more":
        return _page(form, offered, shown=shown)
    done = send(form, lambda: _revised(form, offered, protocol_uid))
    if isinstance(done, Refusal):
        return _page(form, offered, shown=shown, refusal=done), done.status
    return _to(clinic_uid, done)


def _revised(form: ProtocolForm, offered: tuple[Needable, ...], protocol_uid: str) -> ProtocolWritten:
    command = ReviseProtocol(
        protocol_uid=protocol_uid,
        version=form.version.data or 0,
        name=_said(form.name),
        says=form.says(offered),
    )
    return revise_protocol(installation(), command, **_by(form))


def _by(form: ProtocolForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data or "", "now": present()}


def _to(clinic_uid: str, done: ProtocolWritten) -> ResponseReturnValue:
    say(gettext("Version %(number)s is written. Courses that are planned keep theirs.", number=done.number))
    there = url_for("protocols_page.protocol", clinic_uid=clinic_uid, protocol_uid=done.protocol_uid)
    return redirect(there, code=303)


def _shown(protocol_uid: str) -> ProtocolShown:
    with installation().reading() as connection:
        return protocol(connection, uid=protocol_uid)


def _form(shown: ProtocolShown | None = None) -> tuple[ProtocolForm, tuple[Needable, ...]]:
    with installation().reading() as connection:
        offered = needables(connection, acting().clinic_id)
        words = words_of(connection, kinds=("areas", "techniques"))
    form = ProtocolForm() if shown is None else ProtocolForm(formdata=None, **_filled(shown))
    form.areas.choices = list(words["areas"])
    form.technique.choices = [("", "–"), *words["techniques"]]
    empty = sum(not (row.form.name.data or row.form.amount.data) for row in form.needs)
    for _row in range(min(SPARE_ROWS - empty, NEEDS_MAX - len(form.needs))):
        form.needs.append_entry()
    return form, offered


_KEPT = (
    "purpose", "sessions_from", "sessions_to", "interval_from", "interval_to", "maintenance_from",
    "maintenance_to", "maintenance", "technique",
)  # fmt: skip


def _filled(shown: ProtocolShown) -> dict[str, Any]:
    now: ProtocolVersionRow = shown.now
    return {
        **{name: getattr(now, name) for name in _KEPT},
        "sources": show_sources(now.sources),
        "note": show_note(now.note),
        "interval_unit": now.interval_unit or "weeks",
        "maintenance_unit": now.maintenance_unit or "months",
        "areas": list(now.areas),
        "name": shown.name,
        "version": shown.version,
        "needs": [
            {
                "use": each.use,
                "name": each.name,
                "amount": typed_with_unit(each.quantity, each.base_unit),
            }
            for each in now.needs
        ],
    }


def _page(
    form: ProtocolForm,
    offered: tuple[Needable, ...],
    *,
    shown: ProtocolShown | None = None,
    refusal: Refusal | None = None,
) -> str:
    return render_template(
        "protocols/write.html", form=form, offered=offered, protocol=shown, refusal=refusal
    )
