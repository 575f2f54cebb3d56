"""Which label does this thing get, on which paper?  Seen first, then printed as it was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.operations.give_house_code import GiveHouseCode, give_house_code
from stockroom.operations.print_labels import PARTS_MAX, LabelsPrinted, PrintLabels, print_labels
from stockroom.outside.labels.drawing import Drawing, Size, draw
from stockroom.outside.labels.sheets import ROLLS, Roll, Sheet, sheets
from stockroom.queries.labels import PrintRow, printing, printings_of, usual_paper
from stockroom.vocabulary import LabelledKind
from stockroom.web.formats import tell
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.labels_view import Labelled, labelled, marked, picture_of

blp = Blueprint("labels_page", __name__, url_prefix="/c/<clinic_uid>/labels")
_A = lazy_gettext
_KINDS = {"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml", "zpl": "application/zpl"}
_BACK = {
    LabelledKind.CONTAINER: ("container_page.container", "container_uid"),
    LabelledKind.PREPARATION: ("prepare_page.preparation", "preparation_uid"),
    LabelledKind.LOT: ("lot_page.lot", "lot_uid"),
    LabelledKind.LOCATION: ("location_page.location", "location_uid"),
}


class LabelForm(KeyedForm):
    """On which paper, from which label on, how many."""

    paper = SelectField(_A("Paper"))
    start = IntegerField(
        _A("First free label on the sheet"),
        default=1,
        validators=[InputRequired(), NumberRange(min=1, max=200)],
    )
    part_count = IntegerField(
        _A("Labels"), default=1, validators=[InputRequired(), NumberRange(min=1, max=PARTS_MAX)]
    )


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The label as it will be printed, or why it cannot be."""

    drawn: Markup | None
    problem: str


@blp.get("/<kind>/<thing_uid>")
def label(clinic_uid: str, kind: str, thing_uid: str) -> ResponseReturnValue:
    """Show the label of a thing, and ask on which paper it goes."""
    form = LabelForm()
    thing = labelled(_kind(kind), thing_uid)
    with installation().reading() as connection:
        usual = usual_paper(connection, acting().clinic_id, person_id=acting().person_id)
    _offer(form)
    if usual in dict(form.paper.choices):
        form.paper.process_data(usual)
    return _page(thing, form)


@blp.post("/<kind>/<thing_uid>")
def print_(clinic_uid: str, kind: str, thing_uid: str) -> ResponseReturnValue:
    """Write down that it is printed, and lead to the paper."""
    form = LabelForm()
    thing = labelled(_kind(kind), thing_uid)
    _offer(form)
    done = send(form, lambda: _printed(thing, form))
    if isinstance(done, Refusal):
        return _page(thing, form, done), done.status
    return redirect(url_for("labels_page.printed", clinic_uid=clinic_uid, print_uid=done.print_uid), code=303)


@blp.post("/<kind>/<thing_uid>/code-of-the-house")
def give_code(clinic_uid: str, kind: str, thing_uid: str) -> ResponseReturnValue:
    """Give the product of a lot a code of the house, where its packs bear none."""
    form = KeyedForm()
    thing = labelled(_kind(kind), thing_uid)
    if thing.product_uid is None:
        raise ThingNotFound(thing="product without a code", uid=thing_uid[:40])
    command = GiveHouseCode(product_uid=thing.product_uid)
    key = form.key.data or ""
    done = send(
        form, lambda: give_house_code(installation(), command, actor=acting(), key=key, now=present())
    )
    if isinstance(done, Refusal):
        again = LabelForm()
        _offer(again)
        return _page(thing, again, done), done.status
    say(gettext("The product has the code %(gtin)s of the house now.", gtin=done.gtin))
    here = url_for("labels_page.label", clinic_uid=clinic_uid, kind=kind, thing_uid=thing_uid)
    return redirect(here, code=303)


@blp.get("/printed/<print_uid>")
def printed(clinic_uid: str, print_uid: str) -> ResponseReturnValue:
    """What was printed, to be opened as paper or sent to a printer."""
    row = _printing(print_uid)
    thing = labelled(LabelledKind(row.kind), row.thing_uid)
    drawings = _drawings(thing, row)
    return render_template(
        "labels/printed.html",
        thing=thing,
        row=row,
        paper=_paper(row.paper),
        pictures=[picture_of(drawing, thing.name) for drawing in drawings],
        back=_back(thing),
    )


@blp.get("/printed/<print_uid>/labels.<file_kind>")
def file(clinic_uid: str, print_uid: str, file_kind: str) -> ResponseReturnValue:
    """The labels of a printing as a file: a paper, the first one's dots or drawing, or a printer's bytes."""
    if file_kind not in _KINDS:
        raise ThingNotFound(thing="kind of file", uid=file_kind[:40])
    row = _printing(print_uid)
    thing = labelled(LabelledKind(row.kind), row.thing_uid)
    answer = Response(_file(thing, row, file_kind), mimetype=_KINDS[file_kind])
    answer.headers["Content-Disposition"] = f'inline; filename="labels.{file_kind}"'
    return answer


def _kind(word: str) -> LabelledKind:
    if word not in list(LabelledKind):
        raise ThingNotFound(thing="kind of label", uid=word[:40])
    return LabelledKind(word)


def _offer(form: LabelForm) -> None:
    form.paper.choices = [(each.slug, each.name) for each in _papers()]


def _papers() -> list[Roll | Sheet]:
    return [*ROLLS, *sheets()]


def _paper(slug: str) -> Roll | Sheet:
    known = {each.slug: each for each in _papers()}
    if slug not in known:
        raise InvalidValue(field="paper", problem=gettext("this paper is not known any more: choose another"))
    return known[slug]


def _size(paper: Roll | Sheet) -> Size:
    if isinstance(paper, Roll):
        return Size(
            width_mm=paper.label_width_mm, height_mm=paper.label_height_mm, dots_per_mm=paper.dots_per_mm
        )
    return Size(width_mm=paper.label_width_mm, height_mm=paper.label_height_mm)


def _printed(thing: Labelled, form: LabelForm) -> LabelsPrinted:
    """Raises InvalidValue where the label does not fit the paper: before anything is written down."""
    paper = _paper(form.paper.data)
    start = form.start.data if isinstance(paper, Sheet) else 1
    if isinstance(paper, Sheet) and start > paper.count:
        raise InvalidValue(
            field="start", problem=gettext("this sheet has %(count)s labels", count=paper.count)
        )
    if thing.label is None:
        raise InvalidValue(field="paper", problem=gettext("the product has no code yet"))
    longest = marked(
        thing.label, n=2, at=present(), part=form.part_count.data, part_count=form.part_count.data
    )
    draw(longest, _size(paper))
    command = PrintLabels(
        kind=thing.kind,
        thing_uid=thing.uid,
        part_count=form.part_count.data,
        paper=paper.slug,
        start=start,
    )
    return print_labels(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _printing(uid: str) -> PrintRow:
    with installation().reading() as connection:
        return printing(connection, acting().clinic_id, uid=uid)


def _drawings(thing: Labelled, row: PrintRow) -> list[Drawing]:
    if thing.label is None:
        raise ThingNotFound(thing="label", uid=row.uid)
    size = _size(_paper(row.paper))
    return [
        draw(marked(thing.label, n=row.n, at=row.printed_at, part=part, part_count=row.part_count), size)
        for part in range(1, row.part_count + 1)
    ]


def _file(thing: Labelled, row: PrintRow, file_kind: str) -> bytes:
    from stockroom.outside.labels.pdf import on_roll, on_sheets  # dear to load: not at the start
    from stockroom.outside.labels.png import as_png
    from stockroom.outside.labels.zpl import as_zpl

    drawings, paper = _drawings(thing, row), _paper(row.paper)
    if file_kind == "pdf" and isinstance(paper, Sheet):
        return on_sheets(drawings, paper, title=thing.name, start=row.start)
    if file_kind == "pdf":
        return on_roll(drawings, title=thing.name)
    if file_kind == "zpl":
        return b"".join(as_zpl(drawing) for drawing in drawings)
    return as_png(drawings[0]) if file_kind == "png" else str(picture_of(drawings[0], thing.name)).encode()


def _preview(thing: Labelled, form: LabelForm, n: int) -> Preview:
    if thing.label is None:
        return Preview(drawn=None, problem="")
    slug = form.paper.data if form.paper.data in dict(form.paper.choices) else ROLLS[0].slug
    shown = marked(
        thing.label,
        n=n,
        at=present() if n > 1 else None,
        part=1,
        part_count=form.part_count.data or 1,
    )
    try:
        return Preview(drawn=picture_of(draw(shown, _size(_paper(slug))), thing.name), problem="")
    except InvalidValue as error:
        return Preview(drawn=None, problem=tell(error))


def _back(thing: Labelled) -> str:
    endpoint, name = _BACK[thing.kind]
    values: dict[str, Any] = {"clinic_uid": acting().clinic_uid, name: thing.uid}
    return url_for(endpoint, **values)


def _page(thing: Labelled, form: LabelForm, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        earlier = printings_of(connection, acting().clinic_id, kind=thing.kind, uid=thing.uid)
    return render_template(
        "labels/label.html",
        thing=thing,
        form=form,
        preview=_preview(thing, form, len(earlier) + 1),
        earlier=earlier,
        back=_back(thing),
        giving=KeyedForm(formdata=None),
        refusal=refusal,
    )
