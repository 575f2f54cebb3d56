"""How does a person get a badge, and what opens nothing any more: a lost badge, a forgotten PIN?"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import installation, present
from stockroom.access.signing_on import badge_code, badge_hash
from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.errors import ThingNotFound
from stockroom.operations.issue_badge import IssueBadge, RevokeBadge, issue_badge, revoke_badge
from stockroom.operations.set_pin import RemovePin, remove_pin
from stockroom.outside.labels.drawing import Drawing, Size, draw
from stockroom.outside.labels.label import Fact, Label
from stockroom.queries.tablets import badge_hash_is_of
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.labels_view import picture_of
from stockroom.web.people_page import NewBadge, by, colleague_here, person_page, to_person

blp = Blueprint("badge_page", __name__, url_prefix="/c/<clinic_uid>/administration/people/<person_uid>")
_CARD = Size(width_mm=54.0, height_mm=25.0)
"""A common label, which sticks on the card that a person wears already (ISO/IEC 7810 ID-1 is 85.6 by 54)."""
_KINDS = {"pdf": "application/pdf", "png": "image/png", "zpl": "application/zpl"}


@blp.post("/badge")
def issue(clinic_uid: str, person_uid: str) -> ResponseReturnValue:
    """Give a badge; it is shown this once, to be printed, and an earlier one opens nothing any more."""
    form = KeyedForm()
    code = badge_code(form.key.data or "")
    command = IssueBadge(person_uid=person_uid, code_hash=badge_hash(code))
    done = send(form, lambda: issue_badge(installation(), command, **by(form)))
    if isinstance(done, Refusal):
        return person_page(person_uid, refusal=done), done.status
    drawing = _drawn(person_uid, code)
    badge = NewBadge(key=form.key.data or "", picture=picture_of(drawing, gettext("Badge")))
    return person_page(person_uid, badge=badge)


@blp.post("/badge/label.<file_kind>")
def label(clinic_uid: str, person_uid: str, file_kind: str) -> ResponseReturnValue:
    """The badge that was just given, as paper, dots or a printer's bytes; only from the page that showed it."""
    code = badge_code(request.form.get("key", "")[:200])
    with installation().reading() as connection:
        is_hers = badge_hash_is_of(connection, person_uid, badge_hash(code), now=present())
    if file_kind not in _KINDS or not is_hers:
        raise ThingNotFound(thing="badge", uid=person_uid[:40])
    answer = Response(_file(_drawn(person_uid, code), file_kind), mimetype=_KINDS[file_kind])
    answer.headers["Content-Disposition"] = f'inline; filename="badge.{file_kind}"'
    return answer


@blp.post("/badge/revocation")
def revoke(clinic_uid: str, person_uid: str) -> ResponseReturnValue:
    """Make a lost badge open nothing any more."""
    form = KeyedForm()
    command = RevokeBadge(person_uid=person_uid)
    done = send(form, lambda: revoke_badge(installation(), command, **by(form)))
    return _answered(done, person_uid, gettext("The badge opens nothing any more."))


@blp.post("/pin/removal")
def remove(clinic_uid: str, person_uid: str) -> ResponseReturnValue:
    """Take a PIN away; its owner sets another, with the password."""
    form = KeyedForm()
    command = RemovePin(person_uid=person_uid)
    done = send(form, lambda: remove_pin(installation(), command, **by(form)))
    return _answered(done, person_uid, gettext("The PIN opens nothing any more. Its owner sets another one."))


def _drawn(person_uid: str, code: str) -> Drawing:
    person = colleague_here(person_uid).person
    said = Label(
        code=write_label(OwnLabel(LabelKind.STAFF_BADGE, code)),
        title=person.name,
        facts=(Fact("", person.profession), Fact("", gettext("Lost? Tell an administrator at once."))),
    )
    return draw(said, _CARD)


def _file(drawing: Drawing, file_kind: str) -> bytes:
    from stockroom.outside.labels.pdf import on_roll  # dear to load: not at the start
    from stockroom.outside.labels.png import as_png
    from stockroom.outside.labels.zpl import as_zpl

    if file_kind == "pdf":
        return on_roll([drawing], title=gettext("Badge"))
    return as_zpl(drawing) if file_kind == "zpl" else as_png(drawing)


def _answered(done: Any, person_uid: str, sentence: str) -> ResponseReturnValue:
    if isinstance(done, Refusal):
        return person_page(person_uid, refusal=done), done.status
    say(sentence)
    return to_person(person_uid)
