"""How far is a recall, what was done, and what can be done with it next?  Its papers, its closing and its sessions."""

from __future__ import annotations

import json
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, TextAreaField
from wtforms.validators import InputRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose_trace
from stockroom.ledger.recall_notices import content_of
from stockroom.operations.close_recall import (
    REASON_MAX,
    CaseReleased,
    CloseRecall,
    RecallIsClosed,
    RecallIsReopened,
    ReleaseCase,
    ReopenRecall,
    close_recall,
    release_case,
    reopen_recall,
)
from stockroom.operations.open_recall import FileNotice, NoticeFiled, file_notice
from stockroom.queries.recall_cases import case_row, file_of_case
from stockroom.queries.recall_sessions import ListedSession, sessions_of_case
from stockroom.queries.recall_story import (
    files_of_case,
    findings_of_case,
    holds_of_case,
    scopes_of_case,
    steps_of_case,
)
from stockroom.queries.trace_patients import PatientReached, patients_reached
from stockroom.reads.recall_left import PatientsLeft, StockLeft, patients_left, stock_left
from stockroom.web.changed_since import CHANGED
from stockroom.web.csv_file import csv_file
from stockroom.web.forms import AnsweringForm, KeyedForm, Refusal, say, send
from stockroom.web.listing import ROWS, asked_listing
from stockroom.web.recall_here import CaseHere, case_here
from stockroom.web.recall_notice_form import NoticeForm
from stockroom.web.recalls_page import LOUDNESS

blp = Blueprint("recall_case_page", __name__, url_prefix="/c/<clinic_uid>/recalls/<case_uid>")
_ = lazy_gettext


def _why(word: str) -> TextAreaField:
    return TextAreaField(word, validators=[InputRequired(_("Say why.")), Length(max=REASON_MAX)])


class CloseForm(AnsweringForm):
    """What the second person found."""

    reason = _why(_("What you looked at, and why it is closed"))
    untold_reason = TextAreaField(_("Why patients were not told"), validators=[Length(max=REASON_MAX)])
    left_reason = TextAreaField(_("Why something is left or missing"), validators=[Length(max=REASON_MAX)])
    releases = BooleanField(_("What it holds may be used again"))


class ReleaseForm(AnsweringForm):
    reason = _why(_("Why it may be used again"))


class ReopenForm(KeyedForm):
    reason = _why(_("Why it is opened again"))


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is still open by the books."""

    patients: PatientsLeft
    stock: StockLeft


@blp.get("")
def case(clinic_uid: str, case_uid: str) -> str:
    """The case: its newest notice, what it covers and holds, how far it is, and what was done."""
    here = case_here(case_uid)
    with installation().reading() as connection:
        row = case_row(connection, case_uid)
        findings = findings_of_case(connection, case_id=here.id)
        return render_template(
            "recall/case.html",
            here=here,
            row=row,
            loudness=LOUDNESS,
            scope=scopes_of_case(connection, case_id=here.id),
            files=files_of_case(connection, case_id=here.id),
            holds=holds_of_case(connection, case_id=here.id),
            findings=[(each, json.loads(each.searched)) for each in findings],
            steps=steps_of_case(connection, case_id=here.id),
            left=_left_of(here),
            now=present(),
            is_opener=here.case.recorded_by_id == acting().person_id,
        )


@blp.get("/sessions", endpoint="sessions")
def sessions_shown(clinic_uid: str, case_uid: str) -> str:
    """The sessions on its list in the clinics where the reader may trace, with the patients' references."""
    here = case_here(case_uid)
    listing = asked_listing(columns=("planned",), usual="-planned", filters=())
    rows = _listed(here)
    if not listing.is_descending:
        rows.reverse()
    shown = rows[listing.offset : listing.offset + ROWS]
    standing = here.reach.session_uids
    return render_template(
        "recall/sessions.html",
        here=here,
        rows=shown,
        who=_references(shown),
        standing=standing,
        count=len(rows),
        listing=listing,
    )


@blp.get("/sessions.csv")
def sessions_csv(clinic_uid: str, case_uid: str) -> Response:
    """The same as a file, every session of it."""
    here = case_here(case_uid)
    rows = _listed(here)
    who, standing = _references(rows), here.reach.session_uids
    heads = (
        "clinic",
        "session",
        "planned_at",
        "patient",
        "reference",
        "joined",
        "listed_at",
        "stands",
        CHANGED,
    )
    return csv_file(
        "recall-sessions",
        heads,
        (
            (
                row.clinic_name, row.short_code, row.planned_at, who[row.patient_uid].short_code or "",
                who[row.patient_uid].reference or "", row.joined, row.listed_at, row.session_uid in standing,
                "" if row.session_uid in standing else gettext("taken back since"),
            )
            for row in rows
        ),
    )  # fmt: skip


@blp.get("/files/<file_uid>.bin")
def file(clinic_uid: str, case_uid: str, file_uid: str) -> Response:
    """A kept file as it came: always downloaded, never shown by the browser."""
    store = installation()
    with store.reading() as connection:
        kept = file_of_case(connection, case_uid, file_uid)
    answer = Response(content_of(store.keyring, kept), mimetype="application/octet-stream")
    name = kept.file_name.encode("ascii", "replace").decode("ascii").replace("?", "_")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blp.route("/notices", methods=["GET", "POST"])
def notices(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """File a further notice: from then on it counts."""
    here, form = case_here(case_uid), NoticeForm()
    if not form.is_submitted():
        form.issuer.data, form.supplier.data = here.issuer, here.supplier_uid or ""
        return render_template("recall/notice.html", here=here, form=form, refusal=None)
    done = send(form, lambda: _noticed(form, case_uid))
    if isinstance(done, Refusal):
        return render_template("recall/notice.html", here=here, form=form, refusal=done), done.status
    say(gettext("The notice is filed."))
    return _back(clinic_uid, case_uid)


@blp.route("/closing", methods=["GET", "POST"])
def closing(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """Close it as a second person, with what is still open before one's eyes."""
    here, form = case_here(case_uid), CloseForm()
    done = send(form, lambda: _closed(form, case_uid)) if form.is_submitted() else None
    if isinstance(done, RecallIsClosed):
        say(gettext("%(case)s is closed.", case=here.code))
        return _back(clinic_uid, case_uid)
    shown = render_template("recall/close.html", here=here, form=form, left=_left_of(here), refusal=done)
    return (shown, done.status) if done is not None else shown


@blp.route("/release", methods=["GET", "POST"])
def release(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """Let go of everything that it holds, in every clinic."""
    here, form = case_here(case_uid), ReleaseForm()
    done = send(form, lambda: _released(form, case_uid)) if form.is_submitted() else None
    if isinstance(done, CaseReleased):
        say(gettext("What %(case)s held may be used again.", case=here.code), loudness="warning")
        return _back(clinic_uid, case_uid)
    shown = render_template("recall/release.html", here=here, form=form, refusal=done)
    return (shown, done.status) if done is not None else shown


@blp.route("/reopening", methods=["GET", "POST"])
def reopening(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """Open it again, and hold again what it covers."""
    here, form = case_here(case_uid), ReopenForm()
    done = send(form, lambda: _reopened(form, case_uid)) if form.is_submitted() else None
    if isinstance(done, RecallIsReopened):
        say(
            gettext("%(case)s is open again, and what it covers is stopped.", case=here.code),
            loudness="warning",
        )
        return _back(clinic_uid, case_uid)
    shown = render_template("recall/reopen.html", here=here, form=form, refusal=done)
    return (shown, done.status) if done is not None else shown


def _back(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    return redirect(url_for("recall_case_page.case", clinic_uid=clinic_uid, case_uid=case_uid), code=303)


def _left_of(here: CaseHere) -> Left:
    with installation().reading() as connection:
        return Left(patients=patients_left(connection, here.id), stock=stock_left(connection, here.id))


def _listed(here: CaseHere) -> list[ListedSession]:
    with installation().reading() as connection:
        return list(sessions_of_case(connection, here.id, here.seen))


def _references(rows: list[ListedSession]) -> dict[str, PatientReached]:
    """By which reference the patients are known; written down before it is read."""
    store, actor = installation(), acting()
    pairs = [(row.clinic_id, row.patient_uid) for row in rows]
    uids = disclose_trace(store, actor, pairs, purpose="recall", now=present())
    with store.reading() as connection:
        return {each.uid: each for each in patients_reached(connection, store.keyring, uids)}


def _noticed(form: NoticeForm, case_uid: str) -> NoticeFiled:
    command = FileNotice(case_uid=case_uid, notice=form.notice(), file=form.letter())
    return file_notice(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _closed(form: CloseForm, case_uid: str) -> RecallIsClosed:
    command = CloseRecall(
        case_uid=case_uid,
        reason=form.reason.data or "",
        untold_reason=form.untold_reason.data or "",
        left_reason=form.left_reason.data or "",
        releases=bool(form.releases.data),
        override=form.answer(),
    )
    return close_recall(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _released(form: ReleaseForm, case_uid: str) -> CaseReleased:
    command = ReleaseCase(case_uid=case_uid, reason=form.reason.data or "", override=form.answer())
    return release_case(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _reopened(form: ReopenForm, case_uid: str) -> RecallIsReopened:
    command = ReopenRecall(case_uid=case_uid, reason=form.reason.data or "")
    return reopen_recall(installation(), command, actor=acting(), key=form.key.data or "", now=present())
