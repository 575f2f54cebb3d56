"""How long does it take from a lot to the complete list of its patients?  Exercises with a stopwatch."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.access.exercising import ExerciseListed, list_exercise
from stockroom.barcodes.scan import parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.operations.finish_mock_recall import FinishMockRecall, finish_mock_recall
from stockroom.operations.open_recall import AddToRecall, OpenRecall, add_to_recall, open_recall
from stockroom.queries.recall_answers import MockRow, mock_recall, mock_recall_count, mock_recalls
from stockroom.queries.recall_lots_named import LotNamedSo, lots_called
from stockroom.queries.trace_patients import PatientReached
from stockroom.reads.recall_lines import ConfirmedLine
from stockroom.vocabulary import ScopeKind
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.formats import today_here
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.listing import ROWS, asked_listing
from stockroom.web.recall_here import CaseHere, case_here
from stockroom.web.scan_text import as_meant

blp = Blueprint("mock_recalls_page", __name__, url_prefix="/c/<clinic_uid>/mock-recalls")
_ = lazy_gettext
TEXT_MAX = 200
EXPORT_ROWS = 20_000


class StartForm(KeyedForm):
    """What is said to be recalled."""

    text = StringField(
        _("Lot number, as a letter would say it, or a scan of the pack"),
        validators=[InputRequired(_("Type or scan a lot.")), Length(max=TEXT_MAX)],
    )


class ConfirmForm(KeyedForm):
    """The lots that are meant."""

    lots = SelectMultipleField(
        _("Lots"), validate_choice=False, validators=[InputRequired(_("Choose the lots that are meant."))]
    )


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A patient of the list, by reference as a trace names her, with her sessions."""

    name: str
    sessions: tuple[datetime, ...]
    clinics: tuple[str, ...]


@blp.get("")
def mocks(clinic_uid: str) -> ResponseReturnValue:
    """Past exercises, and where the next one starts."""
    return _list(StartForm(formdata=None))


@blp.get("/mock-recalls.csv")
def mocks_csv(clinic_uid: str) -> ResponseReturnValue:
    """Past exercises for a spreadsheet."""
    with installation().reading() as connection:
        rows = mock_recalls(connection, limit=EXPORT_ROWS)
    heads = [
        gettext("Exercise"), gettext("What"), gettext("Started"), gettext("By"), gettext("List complete"),
        gettext("Seconds"), gettext("Lots"), gettext("Cocktails"), gettext("Sessions"), gettext("Patients"),
        gettext("Clinics"), gettext("Complete"),
    ]  # fmt: skip
    return csv_file("mock-recalls", heads, map(_cells, rows))


@blp.post("")
def start(clinic_uid: str) -> ResponseReturnValue:
    """Start the watch: from here on the server's clock runs."""
    form = StartForm()
    meant = _meant(as_meant((form.text.data or "").strip()))
    done = send(
        form,
        lambda: open_recall(
            installation(), OpenRecall(title=meant.title, notice=None, is_mock=True), **_by(form)
        ),
    )
    if isinstance(done, Refusal):
        return _list(form, done), done.status
    return redirect(url_for(".exercise", clinic_uid=clinic_uid, mock_uid=done.case_uid), code=303)


@blp.get("/<mock_uid>")
def exercise(clinic_uid: str, mock_uid: str) -> ResponseReturnValue:
    """An exercise: which lots are meant, while the watch runs; then its result and its list."""
    return _page(case_here(mock_uid))


@blp.post("/<mock_uid>")
def confirm(clinic_uid: str, mock_uid: str) -> ResponseReturnValue:
    """Confirm the lots: the list is made, and the watch stops when it is complete."""
    form, here = ConfirmForm(), case_here(mock_uid)
    chosen = [each for each in _offered(here) if each.key in (form.lots.data or ())]
    done = send(form, lambda: _listed(here, chosen, form))
    if isinstance(done, Refusal):
        return _page(here, form=form, refusal=done), done.status
    say(gettext("The list is complete. Nothing was held, and nobody was told anything."))
    return redirect(url_for(".exercise", clinic_uid=clinic_uid, mock_uid=mock_uid), code=303)


def _listed(here: CaseHere, chosen: list[LotNamedSo], form: ConfirmForm) -> object:
    """Cover the lots, read the whole list as a recall would show it, and stop the watch."""
    lines = tuple(
        ConfirmedLine(product_uid=each.product_uid, kind=ScopeKind.LOT, first=each.number) for each in chosen
    )
    by = _by(form)
    add_to_recall(installation(), AddToRecall(case_uid=here.uid, lines=lines), **by)
    result = FinishMockRecall(case_uid=here.uid, **asdict(_exercise(here).counted))
    return finish_mock_recall(installation(), result, actor=acting(), key=f"{by['key']}-list", now=present())


def _exercise(here: CaseHere) -> ExerciseListed:
    return list_exercise(installation(), acting(), here.uid, seen=here.seen, now=present())


def _patients(here: CaseHere) -> tuple[Listed, ...]:
    """The list as a trace shows it: by reference."""
    listed = _exercise(here)
    return tuple(
        Listed(
            name=_name(listed.people[row.patient_uid]),
            sessions=tuple(each.at for each in row.sessions),
            clinics=row.clinics,
        )
        for row in listed.contacts
    )


def _name(person: PatientReached) -> str:
    return person.reference or person.short_code or gettext("erased")


@dataclass(frozen=True, kw_only=True)
class Meant:
    """A number as it was typed, or as a scan names it with the code of its pack."""

    number: str
    item_code: str | None = None

    @property
    def title(self) -> str:
        """What the exercise is called: as people read it, and as `_meant` reads it again."""
        code = f" · {self.item_code}" if self.item_code else ""
        return f"{self.number[: TEXT_MAX - len(code)]}{code}"


_TITLE_OF_SCAN = re.compile(r"(.+) · (\S+)")


def _meant(text: str) -> Meant:
    if named := _TITLE_OF_SCAN.fullmatch(text):
        return Meant(number=named[1], item_code=named[2])
    try:
        scan = parse_scan(text, today=today_here())
    except ScanUnreadable:
        return Meant(number=text)
    return Meant(number=scan.lot_number, item_code=scan.item_code) if scan.lot_number else Meant(number=text)


def _offered(here: CaseHere) -> tuple[LotNamedSo, ...]:
    """The lots that what was typed or scanned may mean."""
    meant = _meant(here.case.title)
    with installation().reading() as connection:
        return lots_called(connection, meant.number, item_code=meant.item_code)


def _by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data or "", "now": present()}


def _list(form: StartForm, refusal: Refusal | None = None) -> str:
    listing = asked_listing(columns=("newest",), usual="newest")
    with installation().reading() as connection:
        rows = mock_recalls(connection, offset=listing.offset, limit=ROWS)
        count = mock_recall_count(connection)
    return render_template(
        "recall/mocks.html", form=form, refusal=refusal, rows=rows, count=count, listing=listing
    )


def _page(here: CaseHere, *, form: ConfirmForm | None = None, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        row = mock_recall(connection, case_uid=here.uid)
    is_over = row.listed_at is not None
    return render_template(
        "recall/mock.html",
        here=here,
        row=row,
        form=form or ConfirmForm(formdata=None),
        refusal=refusal,
        offered=() if is_over else _offered(here),
        patients=_patients(here) if is_over else (),
        seconds_so_far=int((present() - row.started_at).total_seconds()),
    )


def _cells(row: MockRow) -> list[Cell]:
    return [
        f"R-{row.number}", row.title, row.started_at, row.started_by, row.listed_at,
        None if row.listed_after_ms is None else f"{row.listed_after_ms / 1000:.1f}",
        row.lots, row.cocktails, row.sessions, row.patients, row.clinics,
        None if row.is_complete is None else gettext("yes") if row.is_complete else gettext("no"),
    ]  # fmt: skip
