"""A session is prepared by scanning until every need is green: each scan lays something out for it and keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms import BooleanField, HiddenField
from wtforms.validators import Length, Optional, Regexp

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.scan import LIMIT_BYTES
from stockroom.db.identifiers import new_uid
from stockroom.errors import InvalidValue
from stockroom.operations.allocate import Allocate, Allocated, Release, Released, allocate, release
from stockroom.queries.availability import outlook
from stockroom.queries.bench_scans import BenchScan, label_of_short_code, read_at_bench
from stockroom.queries.bench_session import visit_at_bench
from stockroom.queries.done_acts import act_done
from stockroom.queries.session_ready import NOTHING_LAID, Laid, ReadyNeed, laid_out
from stockroom.rules.scanning import serves
from stockroom.rules.using import ThingName
from stockroom.web.forms import KeyedForm, OverridingForm, Refusal, say, send
from stockroom.web.patients_named import whole_patient
from stockroom.web.scan_text import ScanField
from stockroom.web.session_view import UID
from stockroom.web.session_words import STATE_LOUDNESS

blp = Blueprint("session_ready_page", __name__, url_prefix="/c/<clinic_uid>/sessions/<session_uid>/ready")


class ScanForm(OverridingForm):
    """One thing that is laid out: scanned, or the first to expire of what a need names."""

    scan = ScanField(validators=[Length(max=LIMIT_BYTES)])
    need_uid = HiddenField(validators=[Optional(), Regexp(UID)])
    is_meant = BooleanField()
    """Somebody saw that no need asks for it, and means it."""


class GiveBackForm(KeyedForm):
    """One thing that goes back."""

    allocation_uid = HiddenField(validators=[Regexp(UID)])


@dataclass(frozen=True, kw_only=True)
class Unplanned:
    """What no need asks for, or none any more: an extra, or something that stands in for what a need names."""

    scan: str
    product_name: str
    replaces: str = ""
    is_met: bool = False
    """A need asks for it, and all of that is laid out or used: another scan, or a colleague was here first."""


class NotAskedFor(Exception):
    """A person says first that it is meant."""

    def __init__(self, unplanned: Unplanned) -> None:
        super().__init__()
        self.unplanned = unplanned


@blp.get("")
def ready(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """What it needs, what is laid out, and a field to scan into."""
    return _page(session_uid)


@blp.post("/scan")
def scan(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """Lay out what was scanned, or the first to expire of what a need names."""
    form = ScanForm()
    try:
        done = send(form, lambda: _kept(form, session_uid))
    except NotAskedFor as asked:
        return _page(session_uid, form=form, unplanned=asked.unplanned)
    if isinstance(done, Refusal):
        return _page(session_uid, form=form, refusal=done), done.status
    if done is None:
        return _back(clinic_uid, session_uid)
    names = ", ".join(dict.fromkeys(each.lot_number for each in done.kept))
    say(gettext("Laid out: lot %(names)s.", names=names))
    return _back(clinic_uid, session_uid)


@blp.post("/return")
def give_back(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """Put something back: it is free for others again."""
    form = GiveBackForm()
    done = send(form, lambda: _released(form))
    if isinstance(done, Refusal):
        return _page(session_uid, refusal=done), done.status
    say(gettext("Put back. It is free again."))
    return _back(clinic_uid, session_uid)


def _kept(form: ScanForm, session_uid: str) -> Allocated | None:
    """Lay it out; None where the same form did so already.  Raises NotAskedFor, InvalidValue."""
    actor, key = acting(), form.key.data or ""
    text = (form.scan.data or "").strip()
    with installation().reading() as connection:
        if act_done(connection, actor.clinic_id, author_uid=actor.person_uid, key=key) is not None:
            return None  # how much the needs are open for is another answer by now
        visit = visit_at_bench(connection, actor.clinic_id, uid=session_uid)
        laid = laid_out(connection, actor.clinic_id, [visit.id]).get(visit.id, NOTHING_LAID)
        if form.need_uid.data:
            thing, quantity = _of_need(laid, form.need_uid.data)
        else:
            if not text:
                raise InvalidValue(field="scan", problem=gettext("scan something"))
            text = label_of_short_code(connection, actor.clinic_id, text) or text
            thing = ThingName(scan=text)
            found = read_at_bench(connection, actor.clinic_id, session_uid, thing, now=present())
            quantity = _asked_for(laid, found, text, is_meant=bool(form.is_meant.data))
    command = Allocate(session_uid=session_uid, thing=thing, quantity=quantity, override=form.override())
    return allocate(installation(), command, actor=actor, key=key, now=present())


def _of_need(laid: Laid, need_uid: str) -> tuple[ThingName, int]:
    need = next((each for each in laid.needs if each.need.uid == need_uid), None)
    if need is None or need.need.product_uid is None:
        raise InvalidValue(field="scan", problem=gettext("scan which one it is"))
    if need.is_met:
        raise InvalidValue(field="scan", problem=gettext("all of it is laid out already"))
    return ThingName(product_uid=need.need.product_uid), need.open


def _asked_for(laid: Laid, found: BenchScan, text: str, *, is_meant: bool) -> int:
    """How much is laid out: what the need is open for, else the usual draw.  Raises NotAskedFor."""
    facts, meant = found.product, found.meant
    product_id = meant[0].product_id if meant else 0
    group_id = facts.group_id if facts else None
    named = [
        each for each in laid.needs if serves(each.need.wanted, product_id=product_id, group_id=group_id)
    ]
    stands_for = [each for each in laid.needs if group_id and each.need.product_group_id == group_id]
    asking: list[ReadyNeed] = named or stands_for
    if laid.needs and facts is not None and not is_meant:
        replaces = next((each.need.name for each in stands_for if each.open), "")
        if not named:
            raise NotAskedFor(Unplanned(scan=text, product_name=facts.name, replaces=replaces))
        if all(each.is_met for each in named):
            raise NotAskedFor(Unplanned(scan=text, product_name=facts.name, is_met=True))
    open_quantity = next((each.open for each in asking if each.open), 0)
    usual = (facts.usual_draw_quantity or facts.content_quantity) if facts else 1
    wanted = open_quantity or usual
    lying = [thing.quantity - thing.allocated for thing in meant if thing.quantity > thing.allocated]
    return min(wanted, max(lying)) if lying else wanted


def _released(form: GiveBackForm) -> Released:
    command = Release(allocation_uid=form.allocation_uid.data or "")
    return release(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _back(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    there = url_for("session_ready_page.ready", clinic_uid=clinic_uid, session_uid=session_uid)
    return redirect(there, code=303)


def _page(
    session_uid: str,
    *,
    form: ScanForm | None = None,
    unplanned: Unplanned | None = None,
    refusal: Refusal | None = None,
) -> str:
    actor = acting()
    with installation().reading() as connection:
        visit = visit_at_bench(connection, actor.clinic_id, uid=session_uid)
        laid = laid_out(connection, actor.clinic_id, [visit.id]).get(visit.id, NOTHING_LAID)
        coming = outlook(connection, actor.clinic_id, now=present())
    return render_template(
        "session/ready.html",
        visit=visit,
        laid=laid,
        short={each.need_uid for each in coming.short_sessions.get(visit.id, ())},
        patient=whole_patient(visit.patient_uid, page="session"),
        form=form or ScanForm(formdata=None),
        unplanned=unplanned,
        refusal=refusal,
        fresh_key=lambda: new_uid(present()),
        loudness=STATE_LOUDNESS,
    )
