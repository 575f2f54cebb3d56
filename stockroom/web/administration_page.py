"""What is this clinic made of, and what is still missing before it can work?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext, ngettext

from stockroom.access.acting import acting, installation, present
from stockroom.queries.administration import SetUp, set_up
from stockroom.queries.backups import last_backup
from stockroom.reads.settings import settings_of
from stockroom.rules.backing_up import is_missed
from stockroom.rules.permissions import may
from stockroom.vocabulary import Action

blp = Blueprint("administration_page", __name__, url_prefix="/c/<clinic_uid>/administration")


@dataclass(frozen=True, kw_only=True)
class Card:
    """One part of a clinic: how much of it there is, and where one looks after it."""

    word: str
    icon: str
    address: str
    count: int | None
    detail: str


@dataclass(frozen=True, kw_only=True)
class Lack:
    """What a clinic lacks, why that matters, what to do about it, on which page, and who may."""

    word: str
    why: str
    act: str
    page: str
    action: Action
    asked: Mapping[str, str] = field(default_factory=dict)
    """What that page is asked for."""


@blp.get("")
def overview(clinic_uid: str) -> ResponseReturnValue:
    """Everything that is looked after here."""
    with installation().reading() as connection:
        found = set_up(connection, acting().clinic_id)
        backup = last_backup(connection)
        hours = settings_of(connection, acting().clinic_id).backup_hours
    made_at = None if backup is None else backup.made_at
    return render_template(
        "administration/overview.html",
        backup=backup,
        backup_size=None if backup is None else _size(backup.size_bytes),
        backup_is_late=is_missed(made_at, since=None, now=present(), hours=hours),
        cards=tuple(_cards(clinic_uid, found)),
        lacks=(*_lacks_of_places(found), *_lacks_of_catalogue(found), *_lacks_of_people(found)),
    )


def _size(size_bytes: int) -> str:
    """The size of a file in megabytes, such as 35.3 MB; never less than a tenth of one."""
    tenths = max(size_bytes // 100_000, 1)
    return gettext("%(size)s MB", size=format_decimal(Decimal(tenths).scaleb(-1)))


def _cards(clinic_uid: str, found: SetUp) -> list[Card]:
    """The cards of what this person may look after, in the order in which a clinic is set up."""
    offered: tuple[tuple[Action, str, str, str, int | None, str], ...] = (
        (Action.MAINTAIN_USERS, "people_page.people", gettext("People and log-ins"), "people", found.person_count,
         ngettext("%(num)s log-in works here", "%(num)s log-ins work here", found.log_in_count)),
        (Action.MAINTAIN_CLINIC, "places_page.places", gettext("Places"), "geo-alt", found.place_count,
         ngettext("%(num)s fridge", "%(num)s fridges", found.fridge_count)),
        (Action.MAINTAIN_CLINIC, "tablets_page.tablets", gettext("Tablets"), "tablet-landscape", None,
         gettext("devices that stay in a room")),
        (Action.READ_CATALOGUE, "products_page.products", gettext("Products"), "capsule", found.product_count,
         ngettext("%(num)s to be confirmed", "%(num)s to be confirmed", found.unconfirmed_count)),
        (Action.READ_CATALOGUE, "suppliers_page.suppliers", gettext("Suppliers"), "shop", found.supplier_count,
         gettext("what they sell, and at which price")),
        (Action.READ_CATALOGUE, "recipes_page.recipes", gettext("Recipes"), "file-earmark-medical",
         found.recipe_count, gettext("%(count)s in force", count=found.recipe_in_force_count)),
        (Action.MAINTAIN_CLINIC, "settings_page.settings", gettext("Settings"), "sliders", None,
         gettext("what this clinic decides for itself")),
        (Action.MAINTAIN_CLINIC, "clinics_page.clinics", gettext("Clinics"), "building", found.clinic_count,
         gettext("of the organisation")),
        (Action.MAINTAIN_CATALOGUE, "imports_page.imports", gettext("Bring in"), "file-earmark-arrow-up", None,
         gettext("lists that you keep in a spreadsheet")),
        (Action.MAINTAIN_CLINIC, "begin_page.begin", gettext("First steps"), "signpost-split", None,
         gettext("from the clinic to the first scan")),
        (Action.RUN_JOB, "jobs_page.jobs", gettext("Jobs"), "clock-history", None,
         gettext("what runs without anybody asking")),
    )  # fmt: skip
    return [
        Card(word=word, icon=icon, address=url_for(page, clinic_uid=clinic_uid), count=count, detail=detail)
        for action, page, word, icon, count, detail in offered
        if may(acting().roles, action)
    ]


def _lacks_of_places(found: SetUp) -> Iterator[Lack]:
    add = {"act": gettext("Add a place"), "page": "places_page.places"}
    if not found.fridge_count:
        why = gettext("Goods that are kept cold have no place to lie.")
        yield Lack(word=gettext("No fridge"), why=why, action=Action.MAINTAIN_CLINIC, **add)
    if not found.room_count:
        why = gettext("A session takes place in a room.")
        yield Lack(word=gettext("No treatment room"), why=why, action=Action.MAINTAIN_CLINIC, **add)


def _lacks_of_catalogue(found: SetUp) -> Iterator[Lack]:
    unconfirmed = found.unconfirmed_count
    if not found.supplier_count:
        yield Lack(
            word=gettext("No supplier"),
            why=gettext("A delivery comes from somebody."),
            act=gettext("Add a supplier"),
            page="suppliers_page.suppliers",
            action=Action.MAINTAIN_CATALOGUE,
        )
    if not found.product_count:
        yield Lack(
            word=gettext("No product"),
            why=gettext("Nothing can be received yet."),
            act=gettext("Add a product"),
            page="new_product_page.new",
            action=Action.MAINTAIN_CATALOGUE,
        )
    if unconfirmed:
        yield Lack(
            word=ngettext(
                "%(num)s product is not confirmed", "%(num)s products are not confirmed", unconfirmed
            ),
            why=gettext(
                "Such goods may be received, and are used once somebody confirms what is true of them."
            ),
            act=gettext("Look at them"),
            page="products_page.products",
            action=Action.READ_CATALOGUE,
            asked={"incomplete": "1"},
        )
    if found.product_count and not found.level_count:
        yield Lack(
            word=gettext("No minimum"),
            why=gettext("Nobody is told when something runs low. The minimum is set on a product's page."),
            act=gettext("Choose a product"),
            page="products_page.products",
            action=Action.READ_CATALOGUE,
        )
    if found.draft_count:
        yield Lack(
            word=ngettext(
                "%(num)s version of a recipe waits for approval",
                "%(num)s versions of recipes wait for approval",
                found.draft_count,
            ),
            why=gettext("A practitioner other than its author approves it."),
            act=gettext("Look at the recipes"),
            page="recipes_page.recipes",
            action=Action.READ_CATALOGUE,
        )


def _lacks_of_people(found: SetUp) -> Iterator[Lack]:
    look = {"page": "people_page.people", "act": gettext("Look at the people")}
    if not found.practitioner_count:
        yield Lack(
            word=gettext("Nobody may approve"),
            why=gettext("Recipes are approved and sessions are signed by a practitioner."),
            action=Action.MAINTAIN_USERS,
            **look,
        )
    elif not found.prescriber_count:
        yield Lack(
            word=gettext("Nobody is authorised to prescribe"),
            why=gettext("Medicines are used on a practitioner's prescription."),
            action=Action.MAINTAIN_USERS,
            **look,
        )
    if found.administrator_count < 2:
        yield Lack(
            word=gettext("Fewer than two administrators"),
            why=gettext("While the only one is away, nobody can give a role or switch a log-in off."),
            action=Action.MAINTAIN_USERS,
            **look,
        )
