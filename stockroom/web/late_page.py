"""What happened while the system was away, written down afterwards: one page, many acts, each by its own key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.own_labels import LabelKind
from stockroom.barcodes.scan import parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.db.transaction import rehearsal
from stockroom.errors import InvalidValue, StockroomError
from stockroom.queries.recorded_late import recorded_late
from stockroom.queries.scans import known_here
from stockroom.reads.settings import settings_of
from stockroom.web.changed_since import CHANGED, changed_here, mark_of_movement
from stockroom.web.csv_file import csv_file
from stockroom.web.formats import show_word, today_here
from stockroom.web.forms import Refusal, refused, say, send
from stockroom.web.late_lines import (
    ICONS,
    WORDS,
    Kind,
    LateForm,
    Offered,
    add_line,
    give_choices,
    happened_at,
    keep_lines,
    offered,
)
from stockroom.web.late_things import line_meant, pointed_at
from stockroom.web.late_work import Outcome, do_lines
from stockroom.web.overfill_form import REASONS

blp = Blueprint("late_page", __name__, url_prefix="/c/<clinic_uid>/late")
SHOWN_LEAST = timedelta(hours=72)
EXPORTED_MAX = 10_000


@blp.get("")
def enter(clinic_uid: str) -> ResponseReturnValue:
    """The form, empty, or begun for a session (`?session=…`), and what was recorded late lately."""
    form, also = LateForm(formdata=None), request.args.get("session", "")[:36] or None
    what = offered([also] if also else ())
    if what.session(also) is not None:
        add_line(form, Kind.USE, session_uid=also)
    give_choices(form, what)
    return _page(form, what)


@blp.get("/recorded.csv")
def recorded_csv(clinic_uid: str) -> ResponseReturnValue:
    """What was recorded late lately, with why and what it breaks."""
    actor, now = acting(), present()
    with installation().reading() as connection:
        hours = settings_of(connection, actor.clinic_id).late_entry_hours
        since = now - max(timedelta(hours=hours), SHOWN_LEAST)
        rows = recorded_late(connection, actor.clinic_id, since=since, limit=EXPORTED_MAX)
    heads = [
        gettext("Happened"), gettext("What"), gettext("Things"), gettext("Recorded"), gettext("Recorded by"),
        gettext("Why late"), gettext("Broken"), gettext("Waits for a signature"), CHANGED,
    ]  # fmt: skip
    changes = changed_here(each.uid for each in rows if not each.is_placing)
    lines = (
        [
            each.occurred_at, show_word(each.kind), each.things, each.recorded_at, each.actor, each.reason,
            ", ".join(map(show_word, each.rules)), gettext("yes") if each.waits else "",
            mark_of_movement(changes, each.uid),
        ]
        for each in rows
    )  # fmt: skip
    return csv_file("recorded-late", heads, lines)


@blp.post("")
def send_form(clinic_uid: str) -> ResponseReturnValue:
    """Record the lines, or look what would become of them, or change the form as the pressed button says."""
    form, act = LateForm(), request.form.get("act", "scan")
    known = [n for n, entry in enumerate(form.lines) if entry.form.kind.data in set(Kind)]
    if len(known) < len(form.lines):
        keep_lines(form, known)
    what = offered(_sessions(form))
    give_choices(form, what)
    if act in ("look", "send"):
        return _do(form, what, in_earnest=act == "send")
    focus = _change(form, act)
    if not _sessions(form) <= what.names.keys():  # one was scanned of which nobody had thought
        what = offered(_sessions(form))
    give_choices(form, what)
    return _page(form, what, focus=focus)


def _sessions(form: LateForm) -> set[str]:
    """The sessions that the lines name."""
    return {uid for entry in form.lines if (uid := entry.form.session_uid.data)}


def _change(form: LateForm, act: str) -> int | None:
    """Do to the form what a button says; give the line to go on with."""
    word, _, number = act.partition(":")
    n = int(number) if number.isascii() and number.isdecimal() and len(number) < 3 else -1
    if word in set(Kind):
        add_line(form, Kind(word))
    elif word == "drop" and 0 <= n < len(form.lines):
        keep_lines(form, (each for each in range(len(form.lines)) if each != n))
    elif word == "part" and 0 <= n < len(form.lines):
        form.lines.entries[n].form.parts.append_entry()
        return n
    elif (form.scan.data or "").strip():
        _take_scan(form)
    return len(form.lines) - 1 if form.lines.entries else None


def _take_scan(form: LateForm) -> None:
    """A session begins a line of its own; anything else is what was used in it."""
    text = form.scan.data or ""
    try:
        scan = parse_scan(text, today=today_here())
    except ScanUnreadable as error:
        form.scan.errors = [refused(error).detail]
        return
    last = form.lines.entries[-1].form if form.lines.entries else None
    if scan.label is not None and scan.label.kind is LabelKind.SESSION:
        with installation().reading() as connection:
            label = known_here(connection, acting().clinic_id, scan).label
        if label is None:
            form.scan.errors = [gettext("No session here has this code.")]
        else:
            add_line(form, Kind.USE, session_uid=label.uid)
    elif last is not None and last.kind.data == Kind.USE and not (last.thing.data or "").strip():
        last.thing.data = text
    else:
        add_line(form, Kind.USE, thing=text)
    if not form.scan.errors:
        form.scan.data = ""


def _do(form: LateForm, what: Offered, *, in_earnest: bool) -> ResponseReturnValue:
    done = send(form, lambda: _checked(form, what, in_earnest=in_earnest))
    if isinstance(done, Refusal):
        return _page(form, what, refusal=done), done.status
    if not in_earnest:
        return _page(form, what, outcomes=done)
    count = sum(each.recorded is not None for each in done)
    if count:
        said = ngettext("%(num)s thing is recorded, as late.", "%(num)s things are recorded, as late.", count)
        say(said)
    for each in done:
        if each.recorded is not None and each.recorded.code:
            code = each.recorded.code
            say(
                gettext("%(what)s: write %(code)s on it.", what=each.recorded.words, code=code),
                loudness="info",
            )
    if any(each.recorded is not None and each.recorded.rules for each in done):
        say(gettext("A second person signs what is marked below."), loudness="warning")
    failed = [each for each in done if each.refusal is not None]
    if not failed:
        return redirect(url_for("late_page.enter", clinic_uid=acting().clinic_uid), code=303)
    _keep_failed(form, done)
    give_choices(form, what)
    left = [Outcome(n=n, refusal=each.refusal) for n, each in enumerate(failed)]
    first = failed[0].refusal
    assert first is not None
    return _page(form, what, outcomes=left, focus=0), first.status


def _checked(form: LateForm, what: Offered, *, in_earnest: bool) -> tuple[Outcome, ...]:
    """Do or try every line.  Raises InvalidValue without a reason, or where there is nothing to record."""
    if not (form.reason.data or "").strip():
        raise InvalidValue(field="reason", problem=gettext("write why it is recorded only now"))
    if not form.lines.entries:
        raise InvalidValue(field="scan", problem=gettext("say first what happened"))
    if in_earnest:
        return do_lines(installation(), form, what)
    with rehearsal(installation(), clinic_id=acting().clinic_id) as tried:
        return do_lines(tried, form, what)


def _keep_failed(form: LateForm, done: tuple[Outcome, ...]) -> None:
    """Leave what failed; what it takes from a line that was recorded goes by the code that this was given."""
    codes = {each.n + 1: each.recorded.code for each in done if each.recorded is not None}
    kept = [each.n for each in done if each.refusal is not None]
    numbers = {n + 1: place for place, n in enumerate(kept, start=1)}
    for n in kept:
        fields = form.lines.entries[n].form
        for entry in (fields, *(part.form for part in fields.parts)):
            meant = line_meant(entry.thing.data or "")
            if meant is not None and codes.get(meant):
                entry.thing.data = codes[meant]
            elif meant in numbers:
                entry.thing.data = gettext("line %(n)s", n=numbers[meant])
    keep_lines(form, kept)


def _named(form: LateForm) -> list[str]:
    """What each line points at, in words; empty where it says nothing clear yet."""
    actor, words = acting(), []
    with installation().reading() as connection:
        for entry in form.lines:
            words.append("")
            text = (entry.form.thing.data or "").strip()
            if not text or line_meant(text) is not None:
                continue
            try:
                known = pointed_at(connection, actor.clinic_id, entry.form.thing.data, made={}).counted
            except StockroomError:
                continue
            if known is not None:
                number = gettext("lot %(number)s", number=known.lot_number) if known.lot_number else ""
                words[-1] = ", ".join(filter(None, (known.name, number)))
    return words


def _page(
    form: LateForm,
    what: Offered,
    *,
    outcomes: Any = (),
    focus: int | None = None,
    refusal: Refusal | None = None,
) -> str:
    actor, now = acting(), present()
    since = now - max(timedelta(hours=what.hours), SHOWN_LEAST)
    with installation().reading() as connection:
        recorded = recorded_late(connection, actor.clinic_id, since=since)
    limit = now - timedelta(hours=what.hours)
    if focus is not None and (form.lines.entries[focus].form.thing.data or "").strip():
        focus = None  # on with the next scan
    old = {n for n, entry in enumerate(form.lines) if (at := happened_at(entry.form)) and at < limit}
    return render_template(
        "late/enter.html",
        form=form,
        what=what,
        kinds=[(kind, WORDS[kind], ICONS[kind]) for kind in Kind],
        words=WORDS,
        icons=ICONS,
        named=_named(form),
        outcomes={each.n: each for each in outcomes},
        old=old,
        focus=focus,
        refusal=refusal,
        recorded=recorded,
        overfill_reasons=REASONS,
    )
