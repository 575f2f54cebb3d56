"""Which lots does a recall's notice name?  Pasted or read from its PDF, looked up, and confirmed line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, SelectField, TextAreaField
from wtforms.validators import Length

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue
from stockroom.ledger.recall_notices import content_of
from stockroom.operations.find_not_affected import (
    STATEMENT_MAX,
    FindNotAffected,
    NotAffected,
    find_not_affected,
)
from stockroom.operations.open_recall import AddToRecall, RecallExtended, add_to_recall
from stockroom.outside.pdf_text import text_of
from stockroom.queries.recall_cases import file_of_case
from stockroom.queries.recall_choices import Chosen, products_to_recall
from stockroom.queries.recall_story import files_of_case
from stockroom.reads.recall_lines import ConfirmedLine, known_lots
from stockroom.rules.reading_recalls import TEXT_MAX, Candidate, candidates
from stockroom.rules.recalling import LINES_MAX, KnownLot, Matched, PatternMatchesEverything, ScopeLine, match
from stockroom.vocabulary import ScopeKind, ScopeSource
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.recall_here import case_here
from stockroom.web.signing import own_way

blp = Blueprint("recall_lines_page", __name__, url_prefix="/c/<clinic_uid>/recalls/<case_uid>/lots")
_ = lazy_gettext
Word = TypeVar("Word", ScopeKind, ScopeSource)


class AskForm(KeyedForm):
    """The words of the letter, or the file in which they are."""

    product = SelectField(_("Product"), validate_choice=False)
    text = TextAreaField(_("Lot numbers, or the letter's text"), validators=[Length(max=TEXT_MAX)])
    file_uid = SelectField(_("or read them from"), validate_choice=False)
    whole = BooleanField(_("The whole product is recalled, whatever the lot"))


class LineForm(Form):
    """A line that may be confirmed."""

    ticked = BooleanField(_("Recall it"))
    product = SelectField(_("Product"), validate_choice=False)
    kind = HiddenField()
    first = HiddenField()
    last = HiddenField()
    pattern = HiddenField()
    source = HiddenField()
    everything = BooleanField(_("Every lot is meant"))


class LinesForm(KeyedForm):
    """What was read, to be confirmed or to be signed as not in the books."""

    lines = FieldList(FormField(LineForm), max_entries=LINES_MAX)
    statement = TextAreaField(_("What you state"), validators=[Length(max=STATEMENT_MAX)])


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the books say of one line as it is chosen now."""

    said: str
    kind: ScopeKind
    context: str
    covered: int
    clinics: int
    products: tuple[str, ...]
    """Where none is chosen: the products that have such a number; they are never taken for one."""
    numbers: tuple[str, ...]
    near: tuple[str, ...]
    elsewhere: tuple[str, ...]
    asks_everything: bool


@blp.get("")
def ask(clinic_uid: str, case_uid: str) -> str:
    """Room for the letter's words, and the files from which they may be read."""
    return _ask_page(case_uid, _ask_form(case_uid))


@blp.post("/read")
def read(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """Look up what the words name; nothing is changed by that."""
    form = _ask_form(case_uid)
    done = send(form, lambda: _read(form, case_uid))
    if isinstance(done, Refusal):
        return _ask_page(case_uid, form, done), done.status
    known = _known()
    rows = [_line_data(each, form.product.data or "", source, known) for each, source in done]
    return _lines_page(case_uid, LinesForm(formdata=None, lines=rows), [each.context for each, _ in done])


@blp.post("")
def confirm(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """Recall the lines that are ticked, in every clinic at once; or look them up again."""
    form = LinesForm()
    if request.form.get("act") == "look":
        return _lines_page(case_uid, form, [])
    done = send(form, lambda: _confirmed(form, case_uid))
    if isinstance(done, Refusal):
        return _lines_page(case_uid, form, [], done), done.status
    say(
        ngettext(
            "It is stopped in every clinic. %(num)s session is new on the list.",
            "It is stopped in every clinic. %(num)s sessions are new on the list.",
            done.session_count,
        ),
        loudness="warning",
    )
    return redirect(url_for("recall_case_page.case", clinic_uid=clinic_uid, case_uid=case_uid), code=303)


@blp.post("/not-affected")
def not_affected(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """Sign that the clinics have and had none of it; the search is made anew and kept."""
    form = LinesForm()
    done = send(form, lambda: _signed(form, case_uid))
    if isinstance(done, Refusal):
        return _lines_page(case_uid, form, [], done), done.status
    say(gettext("It is signed: the clinics are not affected."))
    return redirect(url_for("recall_case_page.case", clinic_uid=clinic_uid, case_uid=case_uid), code=303)


def _ask_form(case_uid: str) -> AskForm:
    here, form = case_here(case_uid), AskForm()
    with installation().reading() as connection:
        products = products_to_recall(connection)
        files = files_of_case(connection, case_id=here.id)
    form.product.choices = [("", _("looked up by the number")), *_named(products)]
    pdfs = [each for each in files if each.file_name.lower().endswith(".pdf")]
    form.file_uid.choices = [("", "–"), *((each.uid, each.file_name) for each in pdfs)]
    if not form.is_submitted() and pdfs:
        form.file_uid.data = pdfs[-1].uid
    return form


def _named(products: Sequence[Chosen]) -> list[tuple[str, str]]:
    return [(each.uid, each.name) for each in products]


def _read(form: AskForm, case_uid: str) -> list[tuple[Candidate, ScopeSource]]:
    if form.whole.data:
        if not form.product.data:
            raise InvalidValue(field="product", problem=gettext("choose the product"))
        return [(Candidate(kind=ScopeKind.PRODUCT), ScopeSource.TYPED)]
    numbers = [lot.number for lot in _known()]
    typed = (form.text.data or "").strip()
    found = [(each, ScopeSource.PASTED) for each in candidates(typed, known=numbers)]
    if not typed and form.file_uid.data:
        with installation().reading() as connection:
            kept = file_of_case(connection, case_uid, form.file_uid.data)
        text = text_of(content_of(installation().keyring, kept))
        found = [(each, ScopeSource.PDF) for each in candidates(text, known=numbers)]
    if typed and not typed.strip("*? \t\r\n"):
        count = sum(lot.product_uid == form.product.data for lot in _known())
        raise InvalidValue(
            field="text",
            problem=ngettext(
                "that is every number: %(num)s lot of this product is in the books. Tick that the whole product is "
                "recalled if all of it is meant",
                "that is every number: %(num)s lots of this product are in the books. Tick that the whole product is "
                "recalled if all of it is meant",
                count,
            )
            if form.product.data
            else gettext(
                "that is every number: choose the product, and tick that the whole of it is recalled if all is meant"
            ),
        )
    if not found:
        raise InvalidValue(
            field="text", problem=gettext("there is nothing in it that looks like a lot number")
        )
    return found


def _known() -> tuple[KnownLot, ...]:
    with installation().reading() as connection:
        return known_lots(connection)


def _line_data(
    each: Candidate, product_uid: str, source: ScopeSource, known: Sequence[KnownLot]
) -> dict[str, object]:
    line = ScopeLine(
        product_uid=product_uid, kind=each.kind, first=each.first, last=each.last, pattern=each.pattern
    )
    found = match(line, known)
    named = {lot.product_uid for lot in found.covered or found.near}
    meant = product_uid or (named.pop() if len(named) == 1 else "")
    return {
        "ticked": each.is_likely and bool(meant) and (bool(found.covered) or bool(product_uid)),
        "product": meant,
        "kind": each.kind.value,
        "first": each.first,
        "last": each.last,
        "pattern": each.pattern,
        "source": source.value,
    }


def _confirmed(form: LinesForm, case_uid: str) -> RecallExtended:
    chosen = [each for each in form.lines if each.form.ticked.data]
    if not chosen:
        raise InvalidValue(field="statement", problem=gettext("tick the lines that the notice names"))
    if any(not each.form.product.data for each in chosen):
        raise InvalidValue(
            field="statement", problem=gettext("choose the product of each line that is ticked")
        )
    lines = tuple(_confirmed_line(each.form) for each in chosen)
    return add_to_recall(
        installation(),
        AddToRecall(case_uid=case_uid, lines=lines),
        actor=acting(),
        key=form.key.data or "",
        now=present(),
    )


def _confirmed_line(row: LineForm) -> ConfirmedLine:
    line = _scope_line(row)
    return ConfirmedLine(
        product_uid=line.product_uid,
        kind=line.kind,
        first=line.first,
        last=line.last,
        pattern=line.pattern,
        source=_word(ScopeSource, row.source.data),
        covers_everything=bool(row.everything.data),
    )


def _scope_line(row: LineForm) -> ScopeLine:
    return ScopeLine(
        product_uid=row.product.data or "",
        kind=_word(ScopeKind, row.kind.data),
        first=row.first.data or "",
        last=row.last.data or "",
        pattern=row.pattern.data or "",
    )


def _word(words: type[Word], said: str | None) -> Word:
    try:
        return words(said or "")
    except ValueError as error:
        raise InvalidValue(field="lines", problem=gettext("load the page again")) from error


def _signed(form: LinesForm, case_uid: str) -> NotAffected:
    lines = tuple(_scope_line(each.form) for each in form.lines)
    command = FindNotAffected(
        case_uid=case_uid, lines=lines, statement=form.statement.data or "", way=own_way()
    )
    return find_not_affected(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _ask_page(case_uid: str, form: AskForm, refusal: Refusal | None = None) -> str:
    return render_template("recall/ask.html", here=case_here(case_uid), form=form, refusal=refusal)


def _lines_page(
    case_uid: str, form: LinesForm, contexts: Sequence[str], refusal: Refusal | None = None
) -> str:
    with installation().reading() as connection:
        products = products_to_recall(connection)
        known = known_lots(connection)
    names = {each.uid: each.name for each in products}
    shown = []
    for n, each in enumerate(form.lines):
        each.form.product.choices = [("", "–"), *_named(products)]
        found = match(_scope_line(each.form), known)
        shown.append(_shown(found, names, contexts[n] if n < len(contexts) else ""))
    return render_template(
        "recall/lines.html",
        here=case_here(case_uid),
        form=form,
        rows=list(zip(form.lines, shown, strict=True)),
        is_none=not any(each.covered for each in shown),
        asks=isinstance(getattr(refusal, "error", None), PatternMatchesEverything),
        refusal=refusal,
    )


def _shown(found: Matched, names: dict[str, str], context: str) -> Shown:
    return Shown(
        said=found.line.said,
        kind=found.line.kind,
        context=context,
        covered=len(found.covered),
        clinics=len({lot.clinic_uid for lot in found.covered}),
        products=()
        if found.line.product_uid
        else tuple(sorted({names.get(lot.product_uid, "") for lot in found.covered})),
        numbers=found.numbers,
        near=tuple(sorted({lot.number for lot in found.near})),
        elsewhere=tuple(
            sorted({f"{lot.number} ({names.get(lot.product_uid, '')})" for lot in found.elsewhere})
        ),
        asks_everything=found.is_everything,
    )
