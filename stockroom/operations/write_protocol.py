"""How is a protocol written, changed, and taken out of use?  Each change is a version; courses keep the one they have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.built_once import changing
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue, Refused, Stale, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.protocol_rows import insert_protocol, insert_version
from stockroom.models import Protocol, ReferenceItem
from stockroom.reads.finding import one_by_uid
from stockroom.reads.new_sessions import look_up_needs
from stockroom.reference import Reference
from stockroom.reference.records import Protocol as Template
from stockroom.rules.protocols import NAME_LONGEST, ProtocolOf, Spacing, check_protocol
from stockroom.vocabulary import Action, SpanUnit


@dataclass(eq=False, kw_only=True)
class ProtocolNameTaken(Refused):
    """Another protocol has this name."""

    code: ClassVar[str] = "protocol_name_taken"
    message: ClassVar[str] = extracted(
        "There is a protocol called {name} already. Change that one, or choose another name."
    )
    name: str
    protocol: str


@dataclass(eq=False, kw_only=True)
class ProtocolChanged(Stale):
    """Somebody changed the protocol since it was read."""

    code: ClassVar[str] = "protocol_changed"
    message: ClassVar[str] = extracted(
        "This protocol was changed by somebody else. Look at it again before you change it."
    )
    protocol: str


@dataclass(frozen=True, kw_only=True)
class WriteProtocol:
    """A new protocol."""

    name: str
    says: ProtocolOf


@dataclass(frozen=True, kw_only=True)
class ReviseProtocol:
    """All of a protocol as it is to read from now on."""

    protocol_uid: str
    version: int
    """The version that was read."""
    name: str
    says: ProtocolOf


@dataclass(frozen=True, kw_only=True)
class RetireProtocol:
    """Whether courses are planned from a protocol."""

    protocol_uid: str
    version: int
    is_retired: bool


@dataclass(frozen=True, kw_only=True)
class ProtocolWritten:
    protocol_uid: str
    version: int
    """What an editor has to name to change it again."""
    number: int
    """Of what it says now."""


@dataclass(frozen=True, kw_only=True)
class ProtocolsTaken:
    """How many templates of the source texts are new."""

    added: int


def write_protocol(
    store: Store, command: WriteProtocol, *, actor: Actor, key: str, now: datetime
) -> ProtocolWritten:
    """Write a protocol of the house.  Raises InvalidValue, ProtocolNameTaken, ThingNotFound."""
    return perform(
        store,
        Act(kind="protocol.write", action=Action.MAINTAIN_PROTOCOLS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _write(work, command),
        answer=ProtocolWritten,
        actor=actor,
        key=key,
        now=now,
    )


def revise_protocol(
    store: Store, command: ReviseProtocol, *, actor: Actor, key: str, now: datetime
) -> ProtocolWritten:
    """Write a further version of a protocol; courses that were planned from an earlier one stay as they are.

    Raises InvalidValue, ProtocolChanged, ProtocolNameTaken, ThingNotFound.
    """
    return perform(
        store,
        Act(kind="protocol.revise", action=Action.MAINTAIN_PROTOCOLS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _revise(work, command),
        answer=ProtocolWritten,
        actor=actor,
        key=key,
        now=now,
    )


def retire_protocol(
    store: Store, command: RetireProtocol, *, actor: Actor, key: str, now: datetime
) -> ProtocolWritten:
    """Take a protocol out of use, or bring it back.  Raises ThingNotFound, ProtocolChanged."""
    return perform(
        store,
        Act(kind="protocol.retire", action=Action.MAINTAIN_PROTOCOLS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _retire(work, command),
        answer=ProtocolWritten,
        actor=actor,
        key=key,
        now=now,
    )


def take_protocols(
    store: Store, reference: Reference, *, actor: Actor, key: str, now: datetime
) -> ProtocolsTaken:
    """Bring in those protocols of the source texts that were never brought in; what the house made of one stays."""
    return perform(
        store,
        Act(kind="protocol.take", action=Action.MAINTAIN_PROTOCOLS, filed_in=ORGANISATION),
        command=tuple(row.slug for row in reference.protocols),
        body=lambda work: _take(work, reference),
        answer=ProtocolsTaken,
        actor=actor,
        key=key,
        now=now,
    )


def are_protocols_taken(connection: Any, reference: Reference) -> bool:
    """Answer whether every protocol of the source texts was brought in; one statement."""
    return {row.slug for row in reference.protocols} <= _known(connection)


def _known(connection: Any) -> set[str]:
    return set(connection.execute(select(Protocol.slug).where(Protocol.slug.is_not(None))).scalars())


def _write(work: Work, command: WriteProtocol) -> ProtocolWritten:
    name = _name(work, command.name, own_id=None)
    _check(work, command.says)
    protocol_id = insert_protocol(work, name=name, slug=None)
    return _written(work, protocol_id, command.says)


def _revise(work: Work, command: ReviseProtocol) -> ProtocolWritten:
    row = _current(work, command.protocol_uid, command.version)
    name = _name(work, command.name, own_id=row.id)
    _check(work, command.says)
    _change(work, row, name=name)
    return _written(work, row.id, command.says)


def _retire(work: Work, command: RetireProtocol) -> ProtocolWritten:
    row = _current(work, command.protocol_uid, command.version)
    _change(work, row, retired_at=work.recorded_at if command.is_retired else None)
    work.payload.update(protocol=row.uid, is_retired=command.is_retired)
    return ProtocolWritten(protocol_uid=row.uid, version=row.version + 1, number=0)


def _take(work: Work, reference: Reference) -> ProtocolsTaken:
    known = _known(work.connection)
    names = set(work.connection.execute(select(Protocol.name)).scalars())
    new = [row for row in reference.protocols if row.slug not in known]
    for row in new:
        name = row.name if row.name not in names else f"{row.name} ({row.slug})"
        insert_version(
            work,
            insert_protocol(work, name=name, slug=row.slug),
            _as_said(row),
            look_up_needs(work.connection, ()),
        )
    work.payload.update(added=[row.slug for row in new])
    return ProtocolsTaken(added=len(new))


def _as_said(row: Template) -> ProtocolOf:
    """What a source text says; it names no product, so that nothing is needed until somebody writes it."""
    return ProtocolOf(
        reason="As the source text says.",
        purpose=row.purpose,
        sources=" ".join(row.sources),
        note=row.note,
        sessions_from=row.sessions.lowest if row.sessions else None,
        sessions_to=row.sessions.highest if row.sessions else None,
        interval=_spacing(row.interval),
        maintenance_every=_spacing(row.maintenance_interval),
        maintenance=row.maintenance,
    )


def _spacing(span: Any | None) -> Spacing | None:
    if span is None:
        return None
    return Spacing(least=span.lowest, most=span.highest, unit=SpanUnit(span.unit.value))


def _current(work: Work, uid: str, version: int) -> Any:
    row = one_by_uid(work.connection, Protocol, uid, thing="protocol")
    if row.version != version:
        raise ProtocolChanged(protocol=row.uid)
    return row


def _change(work: Work, row: Any, **values: Any) -> None:
    work.connection.execute(
        changing(Protocol, "id"),
        {"its_id": row.id, "version": row.version + 1, "updated_at": work.recorded_at, **values},
    )


def _name(work: Work, name: str, *, own_id: int | None) -> str:
    said = " ".join(name.split())
    if not said or len(said) > NAME_LONGEST:
        raise InvalidValue(field="name", problem=f"1 to {NAME_LONGEST} characters")
    same = work.connection.execute(
        select(Protocol.id, Protocol.uid).where(Protocol.name == said)
    ).one_or_none()
    if same is not None and same.id != own_id:
        raise ProtocolNameTaken(name=said, protocol=same.uid)
    return said


def _check(work: Work, says: ProtocolOf) -> None:
    check_protocol(says)
    words = {"areas": set(says.areas), "techniques": {says.technique} - {""}}
    for kind, slugs in words.items():
        known = select(ReferenceItem.slug).where(ReferenceItem.kind == kind, ReferenceItem.slug.in_(slugs))
        unknown = slugs - set(work.connection.execute(known).scalars())
        if unknown:
            field = "areas" if kind == "areas" else "technique"
            raise InvalidValue(field=field, problem=f"{sorted(unknown)[0][:60]} is not in the list")


def _written(work: Work, protocol_id: int, says: ProtocolOf) -> ProtocolWritten:
    named = look_up_needs(work.connection, (each.need for each in says.needs))
    made = insert_version(work, protocol_id, says, named)
    row = work.connection.execute(
        select(Protocol.uid, Protocol.version).where(Protocol.id == protocol_id)
    ).one()
    work.payload.update(protocol=row.uid, version=made.uid, number=made.number, needs=len(says.needs))
    return ProtocolWritten(protocol_uid=row.uid, version=row.version, number=made.number)
