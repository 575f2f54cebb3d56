"""How is each line of the form for late entry done, or tried?  One operation a line, in the order of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext

from stockroom.access.acting import acting, present
from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError
from stockroom.ledger.acts import KeyReused
from stockroom.operations.dispose import (
    DisposalOf,
    Dispose,
    FinishContainer,
    dispose,
    finish_container,
)
from stockroom.operations.move_goods import (
    MoveGoods,
    MoveLine,
    PlaceContainer,
    move_goods,
    place_container,
)
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.operations.receive import Receive, receive
from stockroom.operations.record_preparation import PouredIn, RecordPreparation, record_preparation
from stockroom.operations.record_use import RecordUse, record_use
from stockroom.queries.late_entry import Lying, lying_sealed
from stockroom.reads.arrivals import ArrivingLine
from stockroom.rules.using import AreaUse, ThingName, UseLine
from stockroom.vocabulary import ArrivalState, BaseUnit, DisposalReason
from stockroom.web.formats import today_here
from stockroom.web.forms import Refusal, refused
from stockroom.web.late_lines import Kind, LateForm, Offered, happened_at
from stockroom.web.late_things import Pointed, amount_said, pointed_at

REST = ("all", "rest")
"""What is written in the place of an amount when all that is left in a vial goes."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What became of a line that was recorded, or would be."""

    words: str
    rules: tuple[str, ...] = ()
    """Each waits for a second person."""
    made: ThingName | None = None
    """What it opened or made, for the lines that follow."""
    code: str = ""
    """The code to be written on what it opened or made; what was only tried gets another one in earnest."""


@dataclass(kw_only=True)
class Outcome:
    """A line of the form, by its number from 0, and what became of it."""

    n: int
    recorded: Recorded | None = None
    refusal: Refusal | None = None


@dataclass(kw_only=True)
class _Line:
    """One line while it is done."""

    store: Store
    form: Any
    at: datetime
    reason: str
    what: Offered
    made: dict[int, ThingName] = field(default_factory=dict)

    @property
    def act(self) -> dict[str, Any]:
        """What every operation takes besides its command."""
        return {"actor": acting(), "key": self.form.key.data, "now": present()}

    def pointed(self, text: str | None, name: str = "thing") -> Pointed:
        with self.store.reading() as connection:
            return pointed_at(connection, acting().clinic_id, text or "", made=self.made, field=name)


def do_lines(store: Store, form: LateForm, what: Offered) -> tuple[Outcome, ...]:
    """Do every line by its own key, the earliest first; one that fails stops no other.

    Given the store of a rehearsal nothing of it stays.
    """
    made: dict[int, ThingName] = {}
    timed = [(happened_at(entry.form), n) for n, entry in enumerate(form.lines)]
    outcomes = []
    for at, n in sorted(timed, key=lambda each: (each[0] is None, each[0] or present(), each[1])):
        outcome = Outcome(n=n)
        fields = form.lines.entries[n].form
        try:
            if at is None:
                raise InvalidValue(field="at", problem=gettext("say when it happened"))
            line = _Line(
                store=store, form=fields, at=at, reason=(form.reason.data or "").strip(), what=what, made=made
            )
            outcome.recorded = _DO[Kind(fields.kind.data)](line)
            if outcome.recorded.made is not None:
                made[n + 1] = outcome.recorded.made
        except KeyReused as error:
            outcome.refusal = refused(error)
        except StockroomError as error:
            outcome.refusal = refused(error, fields)
        outcomes.append(outcome)
    return tuple(sorted(outcomes, key=lambda each: each.n))


def _use(line: _Line) -> Recorded:
    session = line.what.session(line.form.session_uid.data)
    if session is None:
        raise InvalidValue(field="session_uid", problem=gettext("say in which session"))
    pointed = line.pointed(line.form.thing.data)
    quantity = amount_said(_usual(line.form.amount.data, pointed), pointed.counted)
    is_piece = pointed.counted is not None and pointed.counted.base_unit is BaseUnit.PIECE
    area = "" if is_piece else line.form.area.data
    prescriber = line.form.prescriber_uid.data or session.practitioner_uid
    use_line = UseLine(
        thing=pointed.thing,
        quantity=quantity,
        areas=(AreaUse(area=area, quantity=quantity),) if area else (),
        technique=None if is_piece else line.form.technique.data or None,
        prescriber_uid=prescriber if prescriber in line.what.prescribing else None,
    )
    command = RecordUse(
        session_uid=session.uid,
        lines=(use_line,),
        occurred_at=line.at,
        reason=line.reason,
        overfill_reason=line.form.why_more.data or "",
    )
    done = record_use(line.store, command, **line.act)
    return Recorded(words=_words(gettext("Used"), pointed), rules=done.rules)


def _usual(amount: str | None, pointed: Pointed) -> str:
    """One, where nothing is said of what is counted in pieces."""
    is_piece = pointed.counted is not None and pointed.counted.base_unit is BaseUnit.PIECE
    said = (amount or "").strip()
    return "1" if is_piece and not said else said


def _open(line: _Line) -> Recorded:
    pointed = line.pointed(line.form.thing.data)
    command = OpenContainer(
        thing=pointed.thing,
        stands_in_uid=line.form.place_uid.data or None,
        opened_at=line.at,
        reason=line.reason,
        session_uid=line.form.session_uid.data or None,
    )
    done = open_container(line.store, command, **line.act)
    made = ThingName(location_uid=done.container_uid)
    return Recorded(
        words=_words(gettext("Opened"), pointed), rules=done.broken_rules, made=made, code=done.short_code
    )


def _dispose(line: _Line) -> Recorded:
    why = line.form.why.data or ""
    if why not in {reason.value for reason in DisposalReason}:
        raise InvalidValue(field="why", problem=gettext("say why it was thrown away"))
    pointed = line.pointed(line.form.thing.data)
    said = (line.form.amount.data or "").strip()
    late: dict[str, Any] = {"happened_at": line.at, "late_reason": line.reason}
    note, session = (line.form.note.data or "").strip(), line.form.session_uid.data or None
    words = _words(gettext("Thrown away"), pointed)
    if said.lower() in ("", *REST) and pointed.vial_uid is not None:
        end = FinishContainer(
            container_uid=pointed.vial_uid, reason=DisposalReason(why), note=note, session_uid=session, **late
        )
        return Recorded(words=words, rules=finish_container(line.store, end, **line.act).broken_rules)
    is_sealed = pointed.counted is not None and not pointed.counted.is_vial
    thing = pointed.thing
    if is_sealed and line.form.place_uid.data:
        thing = ThingName(scan=thing.scan, lot_uid=thing.lot_uid, location_uid=line.form.place_uid.data)
    quantity = amount_said(said, pointed.counted, in_presentations=is_sealed)
    command = Dispose(
        lines=(DisposalOf(thing=thing, quantity=quantity),),
        reason=DisposalReason(why),
        note=note,
        session_uid=session,
        **late,
    )
    return Recorded(words=words, rules=dispose(line.store, command, **line.act).broken_rules)


def _move(line: _Line) -> Recorded:
    place = line.form.place_uid.data or ""
    if not place:
        raise InvalidValue(field="place_uid", problem=gettext("say where it was put"))
    pointed = line.pointed(line.form.thing.data)
    late: dict[str, Any] = {"happened_at": line.at, "late_reason": line.reason}
    words = _words(gettext("Put elsewhere"), pointed)
    if pointed.vial_uid is not None:
        put = PlaceContainer(container_uid=pointed.vial_uid, to_uid=place, **late)
        return Recorded(words=words, rules=place_container(line.store, put, **line.act).broken_rules)
    lying = _lying(line, pointed)
    said = (line.form.amount.data or "").strip()
    quantity = (
        lying.quantity if said.lower() in REST else amount_said(said, pointed.counted, in_presentations=True)
    )
    moved = MoveLine(lot_uid=lying.lot_uid, from_uid=lying.place_uid, quantity=quantity)
    command = MoveGoods(to_uid=place, lines=(moved,), **late)
    return Recorded(words=words, rules=move_goods(line.store, command, **line.act).broken_rules)


def _lying(line: _Line, pointed: Pointed) -> Lying:
    """Where the goods lay that were put elsewhere.  Raises InvalidValue where that is nowhere, or not clear."""
    with line.store.reading() as connection:
        here = lying_sealed(connection, acting().clinic_id, pointed.thing, today=today_here())
    source = line.form.from_uid.data or ""
    if source:
        here = tuple(each for each in here if each.place_uid == source)
    if not here:
        raise InvalidValue(field="from_uid", problem=gettext("the books have nothing of it there"))
    if len({each.lot_uid for each in here}) > 1:
        lots = ", ".join(dict.fromkeys(each.lot_number for each in here))
        raise InvalidValue(
            field="thing", problem=gettext("several lots are here: %(lots)s. Say which.", lots=lots)
        )
    if len(here) > 1:
        places = ", ".join(each.place for each in here)
        raise InvalidValue(
            field="from_uid", problem=gettext("it lies at several places: %(places)s", places=places)
        )
    return here[0]


def _prepare(line: _Line) -> Recorded:
    place = line.form.place_uid.data or ""
    if not place:
        raise InvalidValue(field="place_uid", problem=gettext("say where it was made"))
    ingredients = []
    for part in _parts(line):
        pointed = line.pointed(part.thing.data)
        amount = amount_said(part.amount.data or "", pointed.counted)
        ingredients.append(PouredIn(thing=pointed.thing, quantity=amount))
    session = line.form.session_uid.data
    command = RecordPreparation(
        ingredients=tuple(ingredients),
        location_uid=place,
        occurred_at=line.at,
        reason=line.reason,
        recipe_version_uid=line.form.version_uid.data or None,
        session_uids=(session,) if session else (),
        overfill_reason=line.form.why_more.data or "",
    )
    done = record_preparation(line.store, command, **line.act)
    return Recorded(
        words=gettext("Cocktail made"),
        rules=done.rules,
        made=ThingName(lot_uid=done.lot_uid),
        code=done.short_code,
    )


def _receive(line: _Line) -> Recorded:
    place = line.form.place_uid.data or ""
    if not place:
        raise InvalidValue(field="place_uid", problem=gettext("say where it was put"))
    if not line.form.supplier_uid.data:
        raise InvalidValue(field="supplier_uid", problem=gettext("say who delivered it"))
    lines = []
    for part in _parts(line):
        count = (part.amount.data or "").strip() or "1"
        if not (count.isascii() and count.isdecimal() and 0 < len(count) < 6):
            raise InvalidValue(field="parts", problem=gettext("packs are counted in whole numbers"))
        lines.append(ArrivingLine(location_uid=place, scan=part.thing.data, pack_count=int(count)))
    command = Receive(
        supplier_uid=line.form.supplier_uid.data,
        delivery_note=line.form.delivery_note.data or "",
        arrived_at=line.at,
        state_on_arrival=ArrivalState.GOOD,
        lines=tuple(lines),
        late_reason=line.reason,
        again_reason=(line.form.again.data or "").strip(),
    )
    receive(line.store, command, **line.act)
    return Recorded(words=gettext("Delivery received"))


def _parts(line: _Line) -> list[Any]:
    """The parts of which anything is said.  Raises InvalidValue where nothing is."""
    said = [part.form for part in line.form.parts if (part.form.thing.data or "").strip()]
    if not said:
        raise InvalidValue(field="parts", problem=gettext("scan what went in or came"))
    return said


def _words(done: str, pointed: Pointed) -> str:
    known = pointed.counted
    if known is None:
        return done
    lot = gettext("lot %(number)s", number=known.lot_number) if known.lot_number else ""
    return f"{done}: {', '.join(filter(None, (known.name, lot)))}"


_DO: dict[Kind, Callable[[_Line], Recorded]] = {
    Kind.USE: _use,
    Kind.OPEN: _open,
    Kind.DISPOSE: _dispose,
    Kind.MOVE: _move,
    Kind.PREPARE: _prepare,
    Kind.RECEIVE: _receive,
}
