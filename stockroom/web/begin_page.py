"""What does a clinic do first?  From nothing to the first scan, step by step: what is done, and what is next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import SelectField

from stockroom.access.acting import acting, installation, present
from stockroom.operations.copy_clinic import CopyClinic, copy_clinic
from stockroom.queries.administration import SetUp, set_up
from stockroom.queries.clinics import ClinicRow
from stockroom.queries.first_steps import FirstSteps, first_steps
from stockroom.rules.permissions import may, roles_for
from stockroom.vocabulary import Action
from stockroom.web.clinic_here import clinic_here, own_clinics
from stockroom.web.formats import show_day, show_word
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("begin_page", __name__, url_prefix="/c/<clinic_uid>/begin")


@dataclass(frozen=True, kw_only=True)
class Way:
    """Where a step is done, and who may."""

    word: str
    page: str
    action: Action
    kind: str | None = None
    """Of which table, where a table is brought in."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step, how far it is, and the ways to it that are open to the reader."""

    name: str
    word: str
    says: str
    has: str
    """What is there already; empty where nothing is."""
    is_done: bool
    ways: tuple[Way, ...]
    by: str = ""
    """Who does it, where the reader may not."""


class CopyForm(KeyedForm):
    """The clinic of which this one starts as a copy."""

    from_clinic_uid = SelectField(lazy_gettext("Start as a copy of"))

    def __init__(self, others: list[ClinicRow]) -> None:
        super().__init__()
        self.from_clinic_uid.choices = [(each.uid, each.name) for each in others]


@blp.get("")
def begin(clinic_uid: str) -> ResponseReturnValue:
    """The six steps."""
    return _page(CopyForm(_others()))


@blp.post("/copy")
def copy(clinic_uid: str) -> ResponseReturnValue:
    """Start as a copy of another clinic: its places, minimums and settings."""
    form = CopyForm(_others())
    done = send(
        form,
        lambda: copy_clinic(
            installation(),
            CopyClinic(from_clinic_uid=form.from_clinic_uid.data),
            actor=acting(),
            key=form.key.data or "",
            now=present(),
        ),
    )
    if isinstance(done, Refusal):
        return _page(form, refusal=done), done.status
    say(
        gettext(
            "Copied: %(places)s places, %(levels)s minimums, %(pars)s par levels, %(settings)s settings.",
            places=done.places,
            levels=done.stock_levels,
            pars=done.par_levels,
            settings=len(done.settings),
        )
    )
    return redirect(url_for("begin_page.begin", clinic_uid=clinic_uid), code=303)


def _others() -> list[ClinicRow]:
    return [each for each in own_clinics() if each.uid != acting().clinic_uid]


def _page(form: CopyForm, *, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        found = set_up(connection, acting().clinic_id)
        books = first_steps(connection, acting().clinic_id)
    steps = list(_steps(found, books))
    return render_template(
        "begin/begin.html",
        steps=steps,
        next_name=next((step.name for step in steps if not step.is_done), ""),
        done_count=sum(step.is_done for step in steps),
        form=form if form.from_clinic_uid.choices and not books.is_under_way else None,
        refusal=refusal,
    )


def _steps(found: SetUp, books: FirstSteps) -> Iterator[Step]:
    yield _clinic()
    yield _places(found)
    yield _people(found)
    yield _products(found)
    yield _opening_stock(books)
    yield _first_scan(books)


def _step(name: str, word: str, says: str, has: str, is_done: bool, *ways: Way) -> Step:
    """A step with the ways that its reader may go."""
    open_ways = tuple(way for way in ways if may(acting().roles, way.action))
    by = "" if open_ways else ", ".join(sorted(map(show_word, roles_for(ways[0].action))))
    return Step(name=name, word=word, says=says, has=has, is_done=is_done, ways=open_ways, by=by)


def _clinic() -> Step:
    here = clinic_here()
    assert here is not None, "this page has a clinic"
    has = gettext(
        "%(name)s, %(zone)s, %(currency)s; its books begin on %(day)s",
        name=here.name,
        zone=here.time_zone,
        currency=here.currency,
        day=show_day(here.books_begin_on),
    )
    look = Way(word=gettext("Look at it"), page="clinics_page.clinics", action=Action.MAINTAIN_CLINIC)
    says = gettext("Its time zone, its currency, and the day on which its books begin.")
    return _step("clinic", gettext("The clinic"), says, has, True, look)


def _places(found: SetUp) -> Step:
    has = ""
    if found.place_count:
        has = ", ".join(
            (
                ngettext("%(num)s place", "%(num)s places", found.place_count),
                ngettext("%(num)s fridge", "%(num)s fridges", found.fridge_count),
                ngettext("%(num)s treatment room", "%(num)s treatment rooms", found.room_count),
            )
        )
    add = Way(word=gettext("Add places"), page="places_page.places", action=Action.MAINTAIN_CLINIC)
    says = gettext(
        "A fridge for what is kept cold, and the rooms in which people are treated. Each gets a label."
    )
    is_done = bool(found.fridge_count and found.room_count)
    return _step("places", gettext("Rooms and fridges"), says, has, is_done, add)


def _people(found: SetUp) -> Step:
    has = ngettext("%(num)s log-in works here", "%(num)s log-ins work here", found.log_in_count)
    add = Way(word=gettext("Add people"), page="people_page.people", action=Action.MAINTAIN_USERS)
    says = gettext(
        "Everybody under his or her own name. A practitioner approves, orders and signs; a nurse scans."
    )
    is_done = found.practitioner_count > 0 and found.log_in_count > 1
    return _step("people", gettext("People"), says, has if found.log_in_count else "", is_done, add)


def _products(found: SetUp) -> Step:
    has = ngettext("%(num)s product", "%(num)s products", found.product_count) if found.product_count else ""
    if found.unconfirmed_count:
        has += ", " + ngettext("%(num)s to be confirmed", "%(num)s to be confirmed", found.unconfirmed_count)
    catalogue = Action.MAINTAIN_CATALOGUE
    bring = Way(
        word=gettext("Bring in a list"), page="imports_page.imports", action=catalogue, kind="products"
    )
    add = Way(word=gettext("Add one by one"), page="new_product_page.new", action=catalogue)
    says = gettext("With the codes on their packs, who makes and sells them, and how much there should be.")
    return _step("products", gettext("Products"), says, has, bool(found.product_count), bring, add)


def _opening_stock(books: FirstSteps) -> Step:
    count = books.opening_line_count
    has = ngettext("%(num)s line", "%(num)s lines", count) if count else ""
    if books.is_under_way and not count:
        has = gettext("nothing was brought forward")
    bring = Way(
        word=gettext("Bring in a list"),
        page="imports_page.imports",
        action=Action.BRING_FORWARD,
        kind="stock",
    )
    says = gettext("What lies in the shelves on the first day, lot by lot; before anything else is booked.")
    is_done = bool(count) or books.is_under_way
    return _step("stock", gettext("Opening stock"), says, has, is_done, bring)


def _first_scan(books: FirstSteps) -> Step:
    has = gettext("it works") if books.has_scanned else ""
    receive = Way(word=gettext("Receive a delivery"), page="receive_page.deliveries", action=Action.RECEIVE)
    says = gettext("Receive the first delivery by scanning its packs. From then on the books are under way.")
    return _step("scan", gettext("The first scan"), says, has, books.has_scanned, receive)
