"""Which sharps boxes stand where, which must be closed, and what became of the others?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import SelectField, StringField
from wtforms.validators import Length

from stockroom.access.acting import acting, installation, present
from stockroom.operations.keep_sharps_box import (
    NOTE_MAX,
    CloseSharpsBox,
    CollectSharpsBox,
    OpenSharpsBox,
    SharpsBoxKept,
    close_sharps_box,
    collect_sharps_box,
    open_sharps_box,
)
from stockroom.queries.locations import locations
from stockroom.queries.sharps_boxes import sharps_box, sharps_boxes, sharps_boxes_gone
from stockroom.vocabulary import LocationKind, SharpsReason, WasteStream
from stockroom.web.formats import show_day, today_here
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("sharps_page", __name__, url_prefix="/c/<clinic_uid>/sharps")
_ = lazy_gettext
STREAMS = {
    WasteStream.SHARPS_MEDICINAL: _("Sharps with medicines (yellow lid)"),
    WasteStream.SHARPS: _("Sharps without medicines (orange lid)"),
    WasteStream.SHARPS_CYTOTOXIC: _("Cytotoxic or hormonal (purple lid)"),
    WasteStream.MEDICINES: _("Medicines, no sharps (blue lid)"),
}
REASONS = {
    SharpsReason.THREE_QUARTERS: _("three quarters full"),
    SharpsReason.DATE: _("its date has come"),
    SharpsReason.DAMAGED: _("damaged"),
    SharpsReason.OTHER: _("another reason"),
}


class OpenForm(KeyedForm):
    """A new box."""

    room_uid = SelectField(_("Room"), validate_choice=False)
    waste_stream = SelectField(
        _("What goes into it"), choices=[(each.value, word) for each, word in STREAMS.items()]
    )

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        with installation().reading() as connection:
            rows = locations(connection, acting().clinic_id)
        self.room_uid.choices = [
            (row.uid, row.name) for row in rows if row.kind == LocationKind.ROOM and row.closed_at is None
        ]


class CloseForm(KeyedForm):
    reason = SelectField(_("Why"), choices=[(each.value, word) for each, word in REASONS.items()])


class CollectForm(KeyedForm):
    note = StringField(_("Who took it, and the number of the note"), validators=[Length(max=NOTE_MAX)])


@blp.get("")
def boxes(clinic_uid: str) -> ResponseReturnValue:
    """The boxes that stand here, those to be closed first.

    `room` and `stream` are of a box that was just closed: another like it is offered in its place.
    """
    form = OpenForm(formdata=None)
    form.room_uid.data = request.args.get("room", form.room_uid.data)
    form.waste_stream.data = request.args.get("stream", form.waste_stream.data)
    return _page(form=form)


@blp.post("")
def open_one(clinic_uid: str) -> ResponseReturnValue:
    """Open a box in a room."""
    form = OpenForm()

    def do() -> SharpsBoxKept:
        command = OpenSharpsBox(
            room_uid=form.room_uid.data or "", waste_stream=WasteStream(form.waste_stream.data)
        )
        return open_sharps_box(installation(), command, **_by(form))

    return _done(clinic_uid, form, do, _opened)


def _opened(box: SharpsBoxKept) -> str:
    return gettext(
        "Opened: box %(code)s. Write this code and %(day)s on it, or print its label.",
        code=box.short_code,
        day=show_day(box.close_by_on),
    )


@blp.post("/<box_uid>/closing")
def close(clinic_uid: str, box_uid: str) -> ResponseReturnValue:
    """Close it for good."""
    form = CloseForm()

    def do() -> SharpsBoxKept:
        command = CloseSharpsBox(box_uid=box_uid, reason=SharpsReason(form.reason.data))
        return close_sharps_box(installation(), command, **_by(form))

    return _done(clinic_uid, form, do, _closed, offers_another=True)


def _closed(box: SharpsBoxKept) -> str:
    return gettext(
        "Closed: box %(code)s. It waits to be collected; open another one below.", code=box.short_code
    )


@blp.post("/<box_uid>/collection")
def collect(clinic_uid: str, box_uid: str) -> ResponseReturnValue:
    """It was handed over."""
    form = CollectForm()
    command = CollectSharpsBox(box_uid=box_uid, note=form.note.data or "")
    return _done(
        clinic_uid,
        form,
        lambda: collect_sharps_box(installation(), command, **_by(form)),
        lambda box: gettext("Written down: box %(code)s was collected.", code=box.short_code),
    )


@blp.post("/collection")
def collect_all(clinic_uid: str) -> ResponseReturnValue:
    """Those that were shown as closed went together: one note, each box with an entry and a key of its own."""
    form = CollectForm()
    uids = request.form.getlist("box")

    def do() -> list[SharpsBoxKept]:
        by = _by(form)
        return [
            collect_sharps_box(
                installation(),
                CollectSharpsBox(box_uid=uid, note=form.note.data or ""),
                **{**by, "key": f"{by['key']}-{n}"},
            )
            for n, uid in enumerate(uids)
        ]

    done = send(form, do)
    if isinstance(done, Refusal):
        return _page(refusal=done), done.status
    codes = ", ".join(box.short_code for box in done)
    say(gettext("Written down: boxes %(codes)s were collected.", codes=codes))
    return redirect(url_for(".boxes", clinic_uid=clinic_uid), code=303)


def _by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data or "", "now": present()}


def _done(
    clinic_uid: str,
    form: KeyedForm,
    do: Callable[[], SharpsBoxKept],
    sentence: Callable[[SharpsBoxKept], str],
    *,
    offers_another: bool = False,
) -> ResponseReturnValue:
    done = send(form, do)
    if isinstance(done, Refusal):
        return _page(form=form if isinstance(form, OpenForm) else None, refusal=done), done.status
    say(sentence(done))
    like: dict[str, Any] = _like(done) if offers_another else {}
    return redirect(url_for(".boxes", clinic_uid=clinic_uid, **like), code=303)


def _like(kept: SharpsBoxKept) -> dict[str, Any]:
    with installation().reading() as connection:
        box = sharps_box(connection, acting().clinic_id, uid=kept.box_uid)
    return {} if box is None else {"room": box.room_uid, "stream": box.waste_stream}


def _page(*, form: OpenForm | None = None, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        here = sharps_boxes(connection, acting().clinic_id)
        gone = sharps_boxes_gone(connection, acting().clinic_id)
    return render_template(
        "sharps/sharps.html",
        here=here,
        gone=gone,
        form=form or OpenForm(formdata=None),
        closing=lambda: CloseForm(formdata=None),
        collecting=lambda: CollectForm(formdata=None),
        streams={each.value: word for each, word in STREAMS.items()},
        reasons={each.value: word for each, word in REASONS.items()},
        today=today_here(),
        refusal=refusal,
    )
