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
from stockroom.http.label_files import (
    FILE_KINDS,
    drawings_of,
    file_of,
    paper_called,
    require_fit,
    size_of,
)
from stockroom.http.labelled import Labelled, Printing, marked
from stockroom.operations.give_house_code import GiveHouseCode, give_house_code
from stockroom.operations.print_labels import PARTS_MAX, LabelsPrinted, PrintLabels, print_labels
from stockroom.outside.labels.drawing import draw
from stockroom.outside.labels.sheets import ROLLS, Sheet, papers
from stockroom.queries.labels import PrintRow, printing, printings_of, usual_paper
from stockroom.vocabulary import LabelledKind
from stockroom.web.formats import tell
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.labels_view import acting_name, asker_here, labelled, picture_of

blp = Blueprint("labels_page", __name__, url_prefix="/c/<clinic_uid>/labels")
_A = lazy_gettext
_BACK = {
    LabelledKind.CONTAINER: ("container_page.container", "container_uid"),
    LabelledKind.PREPARATION: ("prepare_page.preparation", "preparation_uid"),
    LabelledKind.LOT: ("lot_page.lot", "lot_uid"),
    LabelledKind.LOCATION: ("location_page.location", "location_uid"),
    LabelledKind.SHARPS_BOX: ("sharps_page.boxes", "box"),
    LabelledKind.DEVICE: ("devices_page.look", "device_uid"),
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
    drawings = drawings_of(thing, row, asker_here())
    return render_template(
        "labels/printed.html",
        thing=thing,
        row=row,
        paper=paper_called(row.paper),
        pictures=[picture_of(drawing, thing.name) for drawing in drawings],
        back=_back(thing),
    )


@blp.get("/printed/<print_uid>/labels.<file_kind>")
def file(clinic_uid: str, print_uid: str, file_kind: str) -> ResponseReturnValue:
    """The labels of a printing as a file: a paper, the first one's dots or drawing, or a printer's bytes."""
    row = _printing(print_uid)
    thing = labelled(LabelledKind(row.kind), row.thing_uid)
    made = file_of(thing, row, asker_here(), file_kind)
    answer = Response(made, mimetype=FILE_KINDS[file_kind])
    answer.headers["Content-Disposition"] = f'inline; filename="labels.{file_kind}"'
    return answer


def _kind(word: str) -> LabelledKind:
    if word not in list(LabelledKind):
        raise ThingNotFound(thing="kind of label", uid=word[:40])
    return LabelledKind(word)


def _offer(form: LabelForm) -> None:
    form.paper.choices = [(each.slug, each.name) for each in papers()]


def _printed(thing: Labelled, form: LabelForm) -> LabelsPrinted:
    """Raises InvalidValue where the label does not fit the paper: before anything is written down."""
    paper = paper_called(form.paper.data)
    start = form.start.data if isinstance(paper, Sheet) else 1
    require_fit(thing, asker_here(), paper=paper.slug, start=start, part_count=form.part_count.data)
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


def _preview(thing: Labelled, form: LabelForm, n: int) -> Preview:
    if thing.label is None:
        return Preview(drawn=None, problem="")
    slug = form.paper.data if form.paper.data in dict(form.paper.choices) else ROLLS[0].slug
    here = asker_here()
    next_one = Printing(
        n=n, at=present() if n > 1 else None, part_count=form.part_count.data or 1, by=acting_name()
    )
    shown = marked(thing, next_one, here)
    try:
        return Preview(drawn=picture_of(draw(shown, size_of(paper_called(slug))), thing.name), problem="")
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
