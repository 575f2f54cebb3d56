"""How does somebody bring a list in that is kept in a spreadsheet?  Template, check, faults, and then the whole of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField

from stockroom.access.acting import acting, installation, present
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import errand
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger import table_imports as kept
from stockroom.queries.table_imports import ImportRow, table_import, table_imports
from stockroom.rules.permissions import may, require
from stockroom.tables.faults import Fault
from stockroom.tables.reading import FILE_BYTES_MAX, TableTooLarge
from stockroom.tables.templates import template_csv, template_xlsx
from stockroom.tables.words import ImportState, TableKind
from stockroom.vocabulary import Action
from stockroom.web import import_work
from stockroom.web.csv_file import XLSX, XLSX_TYPE, Cell, csv_file
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("imports_page", __name__, url_prefix="/c/<clinic_uid>/imports")
ACTIONS = {
    TableKind.PRODUCTS: Action.MAINTAIN_CATALOGUE,
    TableKind.STOCK: Action.BRING_FORWARD,
    TableKind.PATIENTS: Action.MAINTAIN_PATIENTS,
    TableKind.SESSIONS: Action.PLAN_SESSION,
}
FAULTS_SHOWN = 200
_ = lazy_gettext
WORDS = {
    TableKind.PRODUCTS: _("Products"),
    TableKind.STOCK: _("Opening stock"),
    TableKind.PATIENTS: _("Patients"),
    TableKind.SESSIONS: _("Sessions"),
}
SAYS = {
    TableKind.PRODUCTS: _("Products with their codes, makers, suppliers, prices and minimums."),
    TableKind.STOCK: _("What lies in the clinic on the day its books begin, lot by lot."),
    TableKind.PATIENTS: _("Patients with their numbers in your own software."),
    TableKind.SESSIONS: _("Planned sessions and their courses, as your own software has them."),
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """A fault in the reader's language."""

    line: int
    column: str
    problem: str
    advice: str


class UploadForm(KeyedForm):
    """A file, and what stands in it."""

    kind = SelectField(_("What stands in it"))
    file = FileField(_("File"), validators=[FileRequired(_("Choose a CSV or XLSX file."))])

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.kind.choices = [(kind.value, WORDS[kind]) for kind in _kinds()]


class ActForm(KeyedForm):
    """A single button."""


@blp.get("", endpoint="imports")
def imports_shown(clinic_uid: str) -> ResponseReturnValue:
    """The templates, a form for a file, and the files of lately."""
    asked = request.args.get("kind", "")
    return _page(UploadForm(kind=asked if asked in set(TableKind) else None))


@blp.post("")
def upload(clinic_uid: str) -> ResponseReturnValue:
    """Take a file and check it; nothing is changed by that."""
    form = UploadForm()
    done = send(form, lambda: _begin(form))
    if isinstance(done, Refusal):
        return _page(form, refusal=done), done.status
    return redirect(_address(done), code=303)


@blp.get("/templates/<kind>.csv")
def template(clinic_uid: str, kind: str) -> ResponseReturnValue:
    """The table to be filled in; as XLSX with an explanation of each column."""
    if kind not in set(TableKind):
        raise ThingNotFound(thing="template", uid=kind[:40])
    which = TableKind(kind)
    if request.path.endswith(XLSX):
        return send_file(
            template_xlsx(which, gettext),
            mimetype=XLSX_TYPE,
            as_attachment=True,
            download_name=f"{kind}{XLSX}",
        )
    answer = Response(template_csv(which, gettext), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{kind}.csv"'
    return answer


@blp.get("/<import_uid>", endpoint="table_import")
def import_shown(clinic_uid: str, import_uid: str) -> ResponseReturnValue:
    """How far a file is, what is wrong with it, or what would change."""
    return _import_page(_row(import_uid))


@blp.get("/<import_uid>/progress")
def progress(clinic_uid: str, import_uid: str) -> ResponseReturnValue:
    """How far it is, for the page that asks again and again."""
    row = _row(import_uid)
    return {"is_at_work": row.is_at_work, "done": _done(row), "whole": row.whole}


@blp.get("/<import_uid>/faults.csv")
def faults_csv(clinic_uid: str, import_uid: str) -> ResponseReturnValue:
    """Everything that is wrong, to be worked through beside the file."""
    heads = [gettext("Line"), gettext("Column"), gettext("What is wrong"), gettext("What to write instead")]
    rows: Iterator[list[Cell]] = (
        [each.line, each.column, each.problem, each.advice]
        for each in map(_told, _row(import_uid).judged.faults)
    )
    return csv_file("faults", heads, rows)


@blp.post("/<import_uid>/acceptance")
def accept(clinic_uid: str, import_uid: str) -> ResponseReturnValue:
    """Bring in what was checked, whole."""
    return _take(import_uid, ImportState.BRINGING_IN)


@blp.post("/<import_uid>/check")
def check_again(clinic_uid: str, import_uid: str) -> ResponseReturnValue:
    """Take up again what somebody left in the middle."""
    return _take(import_uid, ImportState.CHECKING)


@blp.post("/<import_uid>/removal")
def throw_away(clinic_uid: str, import_uid: str) -> ResponseReturnValue:
    """Forget a file that is not brought in."""
    row = _row(import_uid)
    with errand(installation()) as connection:
        kept.throw_away(connection, row.uid, at=present())
    say(gettext("The file was thrown away. Nothing was changed."))
    return redirect(url_for("imports_page.imports", clinic_uid=clinic_uid), code=303)


def _begin(form: UploadForm) -> str:
    """Keep the file and begin to check it; give its uid."""
    kind = TableKind(form.kind.data)
    require(acting().roles, ACTIONS[kind])
    content = form.file.data.read(FILE_BYTES_MAX + 1)
    if len(content) > FILE_BYTES_MAX:
        raise TableTooLarge(most=FILE_BYTES_MAX // 1024 // 1024, what="MB")
    if not content:
        raise InvalidValue(field="file", problem=gettext("The file is empty."))
    store, at = installation(), present()
    with errand(store) as connection:
        if kept.is_there_old(connection, at=at):
            kept.forget_old(connection, at=at)
        uid = kept.keep(
            connection,
            store.keyring,
            clinic_id=acting().clinic_id,
            kind=kind,
            file_name=_named(form.file.data.filename),
            content=content,
            asked_by_id=acting().person_id,
            at=at,
        )
    import_work.run(_job(uid, kind, key=new_uid(at)), ImportState.CHECKING)
    return uid


def _named(file_name: str | None) -> str:
    plain = (file_name or "").replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in plain if sign.isprintable())[:100]


def _job(uid: str, kind: TableKind, *, key: str, file_name: str = "") -> import_work.Job:
    return import_work.Job(
        store=installation(),
        uid=uid,
        kind=kind,
        actor=acting(),
        key=key,
        clock=current_app.extensions["stockroom_clock"],
        file_name=file_name,
    )


def _take(import_uid: str, state: ImportState) -> ResponseReturnValue:
    row, form = _row(import_uid), ActForm()
    done = send(form, lambda: _started(row, state, form.key.data or ""))
    if isinstance(done, Refusal):
        return _import_page(row, refusal=done), done.status
    return redirect(_address(row.uid), code=303)


def _started(row: ImportRow, state: ImportState, key: str) -> bool:
    return import_work.start(_job(row.uid, row.kind, key=key, file_name=row.file_name), state)


def _row(import_uid: str) -> ImportRow:
    """The file, for whoever may bring its kind in."""
    with installation().reading() as connection:
        row = table_import(connection, acting().clinic_id, uid=import_uid)
    require(acting().roles, ACTIONS[row.kind])
    return row


def _kinds() -> list[TableKind]:
    return [kind for kind in TableKind if may(acting().roles, ACTIONS[kind])]


def _address(import_uid: str) -> str:
    return url_for("imports_page.table_import", clinic_uid=acting().clinic_uid, import_uid=import_uid)


def _done(row: ImportRow) -> int:
    here = import_work.progress_here(row.uid)
    return row.done if here is None or not row.is_at_work else max(here, row.done)


def _told(fault: Fault) -> Told:
    return Told(
        line=fault.line,
        column=fault.column,
        problem=gettext(fault.says).format(**fault.facts),
        advice=gettext(fault.instead).format(**fault.facts) if fault.instead else "",
    )


def _page(form: UploadForm, *, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        rows = table_imports(connection, acting().clinic_id)
    kinds = _kinds()
    return render_template(
        "imports/imports.html",
        form=form,
        kinds=[(kind, WORDS[kind], SAYS[kind]) for kind in kinds],
        words=WORDS,
        rows=[row for row in rows if row.kind in kinds],
        refusal=refusal,
    )


def _import_page(row: ImportRow, *, refusal: Refusal | None = None) -> str:
    told = [_told(fault) for fault in row.judged.faults[:FAULTS_SHOWN]]
    return render_template(
        "imports/import.html",
        row=row,
        word=WORDS[row.kind],
        done=_done(row),
        is_left=row.is_at_work and import_work.is_left(row.updated_at, row.uid, now=present()),
        told=told,
        form=ActForm(),
        refusal=refusal,
        expiry_hours=int(kept.KEPT_FOR.total_seconds()) // 3600,
    )
