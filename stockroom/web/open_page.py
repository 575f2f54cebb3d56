"""What is open now, in every room, and what is emptied or thrown away with one tap?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms import HiddenField
from wtforms.validators import AnyOf, Optional, Regexp

from stockroom.access.acting import acting, installation, present
from stockroom.operations.dispose import (
    ContainerEnded,
    DisposalOf,
    Dispose,
    FinishContainer,
    RemainderNeedsReason,
    dispose,
    finish_container,
)
from stockroom.queries.open_things import COCKTAIL, CONTAINER, OpenThing, open_things, with_stops
from stockroom.queries.thrown_away_as import thrown_away_as
from stockroom.rules.using import ThingName
from stockroom.vocabulary import DisposalReason
from stockroom.web.formats import show_word
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("open_page", __name__, url_prefix="/c/<clinic_uid>/open")
_UID = r"^[0-9a-f-]{36}$"
EMPTY = "empty"
"""Nothing is in it any more but what usually stays behind."""
REASONS = (
    DisposalReason.REMAINDER,
    DisposalReason.SPILLED,
    DisposalReason.CONTAMINATED,
    DisposalReason.BROKEN,
    DisposalReason.BEYOND_USE,
)
"""What may have become of a rest that is more than usual, one tap each."""


class EndForm(KeyedForm):
    """One tap at one thing."""

    kind = HiddenField(validators=[AnyOf([CONTAINER, COCKTAIL])])
    uid = HiddenField(validators=[Regexp(_UID)])
    place = HiddenField(validators=[Optional(), Regexp(_UID)])
    why = HiddenField(validators=[AnyOf([EMPTY, *(each.value for each in REASONS)])])
    shown = HiddenField(validators=[Optional(), Regexp(_UID)])
    """The place that the board was narrowed to."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One open thing with what a tap at it says."""

    thing: OpenThing
    key: str
    is_past: bool
    asks: bool
    """Its rest is more than usual: it says what became of it."""

    @property
    def why_discarded(self) -> str:
        """The reason of the one tap that throws it away."""
        return (DisposalReason.BEYOND_USE if self.is_past else DisposalReason.REMAINDER).value


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place at which something is open, and how much."""

    uid: str
    name: str
    count: int


@blp.get("")
def board(clinic_uid: str) -> ResponseReturnValue:
    """Everything open, what dies first at the top; `place` narrows it to a room, a fridge …"""
    return _page(request.args.get("place", ""))


@blp.post("")
def end(clinic_uid: str) -> ResponseReturnValue:
    """Empty or throw away one thing."""
    form = EndForm()
    shown = form.shown.data or ""
    done = send(form, lambda: _ended(form))
    if isinstance(done, Refusal):
        asks = form.uid.data if isinstance(done.error, RemainderNeedsReason) else None
        if isinstance(done.error, ContainerEnded):
            say(gettext("%(code)s was ended already.", code=done.error.short_code), loudness="info")
            return _back(clinic_uid, shown)
        return _page(shown, refusal=done, asks=asks), done.status
    say(done)
    return _back(clinic_uid, shown)


def _back(clinic_uid: str, shown: str) -> ResponseReturnValue:
    return redirect(url_for("open_page.board", clinic_uid=clinic_uid, place=shown or None), code=303)


def _ended(form: EndForm) -> str:
    """Do what the tap says, and give the sentence for it."""
    reason = None if form.why.data == EMPTY else DisposalReason(form.why.data)
    who: Any = {"actor": acting(), "key": form.key.data or "", "now": present()}
    uid = form.uid.data or ""
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        here = [each for each in open_things(connection, clinic_id) if each.uid == uid]
        words = thrown_away_as(connection, clinic_id, {each.lot_uid for each in here})
    as_what = next((words.get(each.goods, "") for each in here), "")
    if form.kind.data == CONTAINER:
        finish_container(installation(), FinishContainer(container_uid=uid, reason=reason), **who)
        return gettext("It is empty and ended.") if reason is None else _thrown(as_what)
    lines = tuple(
        DisposalOf(
            thing=ThingName(lot_uid=each.lot_uid, location_uid=each.place_uid), quantity=each.left_quantity
        )
        for each in here
        if not form.place.data or each.place_uid == form.place.data
    )
    if not lines:
        return gettext("Nothing is left of it.")
    dispose(installation(), Dispose(lines=lines, reason=reason or DisposalReason.REMAINDER), **who)
    return _thrown(as_what)


def _thrown(as_what: str) -> str:
    if not as_what:
        return gettext("It is thrown away.")
    return gettext("It is thrown away as: %(words)s", words=as_what)


def _page(shown: str, *, refusal: Refusal | None = None, asks: str | None = None) -> str:
    at = present()
    with installation().reading() as connection:
        things = open_things(connection, acting().clinic_id)
        here = with_stops(
            connection,
            acting().clinic_id,
            (each for each in things if not shown or each.place_uid == shown),
            now=at,
        )
    return render_template(
        "open/board.html",
        rows=[
            Row(
                thing=each,
                key=KeyedForm(formdata=None).key.data or "",
                is_past=each.is_past(at),
                asks=each.uid == asks,
            )
            for each in here
        ],
        places=_places(things),
        shown=shown,
        count=len(things),
        past=sum(each.is_past(at) for each in things),
        reasons=[(each.value, show_word(each.value)) for each in REASONS],
        refusal=refusal,
    )


def _places(things: Iterable[OpenThing]) -> list[Place]:
    found: dict[tuple[str, str], int] = {}
    for each in things:
        found[each.place, each.place_uid] = found.get((each.place, each.place_uid), 0) + 1
    return [Place(uid=uid, name=name, count=count) for (name, uid), count in sorted(found.items())]
