"""What of a trace does a page, a file or a paper show?  The walk, and then, written down first, who was met on it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import gettext, ngettext
from sqlalchemy import Connection

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose_trace
from stockroom.errors import InvalidValue
from stockroom.queries import traces
from stockroom.queries.clinics import clinics_where
from stockroom.queries.trace_lines import NEWEST
from stockroom.queries.trace_origins import origins_of
from stockroom.queries.trace_patients import PatientReached, patients_reached
from stockroom.queries.trace_rows import BackTrace, ForwardTrace, Origin, Use
from stockroom.queries.trace_starts import OF_SESSIONS, Start, start_of
from stockroom.vocabulary import Action
from stockroom.web.day import instant_here
from stockroom.web.formats import zone_of_page

MADE_OF = "made_of"
"""The trace of a lot back to what went into it."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a trace is asked of, and as of when."""

    kind: str
    uid: str
    as_of: datetime = NEWEST

    @property
    def is_of_now(self) -> bool:
        return self.as_of == NEWEST

    @property
    def at_field(self) -> str:
        """The instant as a field of a form takes it, on the clinic's wall; nothing where it is of now."""
        if self.is_of_now:
            return ""
        return f"{self.as_of.astimezone(ZoneInfo(zone_of_page())):%Y-%m-%dT%H:%M:%S}"

    @property
    def is_forward(self) -> bool:
        return self.kind not in OF_SESSIONS | {MADE_OF}

    def start(self, connection: Connection, seen: Collection[int]) -> Start:
        """Where it begins, in this clinic.  Raises ThingNotFound."""
        return start_of(
            connection,
            seen,
            kind="lot" if self.kind == MADE_OF else self.kind,
            uid=self.uid,
            begins_in={acting().clinic_id},
            as_of=self.as_of,
        )


@dataclass(frozen=True, kw_only=True)
class Walked:
    """A trace and where its goods came from; nobody is named yet."""

    trace: ForwardTrace | BackTrace
    origins: tuple[Origin, ...]


@dataclass(frozen=True, kw_only=True)
class Shown(Walked):
    """A trace with the people and receipts that its rows name."""

    patients: dict[str, PatientReached]

    @property
    def is_forward(self) -> bool:
        return isinstance(self.trace, ForwardTrace)


def asked_of(kind: str, uid: str) -> Asked:
    """Read what the address asks for: `?as_of=` is an instant, or a time on the clinic's wall.

    Raises InvalidValue for what is no instant, or has not come yet.
    """
    said = request.args.get("as_of", "").strip()
    return Asked(kind=kind, uid=uid, as_of=read_instant(said) if said else NEWEST)


def read_instant(said: str) -> datetime:
    """Read an instant with its offset, or a day and a time on the clinic's wall.  Raises InvalidValue."""
    wrong = InvalidValue(field="as_of", problem=gettext("a day and a time that have passed"))
    try:
        at = datetime.fromisoformat(said)
        if at.tzinfo is None:
            day, hour = date(at.year, at.month, at.day), time(at.hour, at.minute, at.second, at.microsecond)
            at = instant_here(day, hour)
    except (ValueError, OverflowError):
        raise wrong from None
    if at > present():
        raise wrong
    return at


def seen_here(connection: Connection) -> frozenset[int]:
    """The clinics in which the reader may trace."""
    return clinics_where(connection, acting().user_id, Action.READ_TRACE)


def walked(connection: Connection, asked: Asked, seen: Collection[int]) -> Walked:
    """Walk, and name nobody.  Raises ThingNotFound, TraceTooLarge."""
    start = asked.start(connection, seen)
    if not asked.is_forward:
        found = traces.back(connection, seen, start, as_of=asked.as_of)
        return Walked(trace=found, origins=found.origins)
    trace = traces.forward(connection, seen, start, as_of=asked.as_of)
    lot_ids = [each.lot.lot_id for each in trace.lots]
    return Walked(trace=trace, origins=origins_of(connection, seen, lot_ids, as_of=asked.as_of))


def shown(asked: Asked) -> Shown:
    """Walk, write down who is shown whom, then read the people.  Raises ThingNotFound, TraceTooLarge."""
    with installation().reading() as connection:
        found = walked(connection, asked, seen_here(connection))
    return with_people(found)


def with_people(found: Walked) -> Shown:
    """Write down who is shown whom, then read the people."""
    store = installation()
    pairs = {(use.lot.clinic_id, use.patient_uid) for use in found.trace.uses}
    if isinstance(found.trace, BackTrace):
        pairs |= {(met.clinic_id, met.patient_uid) for met in found.trace.devices}
    uids = disclose_trace(store, acting(), pairs, purpose="trace", now=present())
    with store.reading() as connection:
        people = patients_reached(connection, store.keyring, uids)
    return Shown(trace=found.trace, origins=found.origins, patients={person.uid: person for person in people})


def name_of(people: dict[str, PatientReached], uid: str) -> str:
    """By what a patient of a trace is known: her reference or code, never her name."""
    person = people[uid]
    return person.reference or person.short_code or gettext("erased")


def sentence_of(found: Walked) -> str:
    """Say in one sentence whom it reached, or from where it came."""
    uses: tuple[Use, ...] = found.trace.uses
    devices = found.trace.devices if isinstance(found.trace, BackTrace) else ()
    if isinstance(found.trace, BackTrace) and not uses and not devices:
        receipts = len({origin.receipt_uid for origin in found.origins})
        return gettext(
            "%(lots)s from %(receipts)s",
            lots=ngettext("%(num)s lot", "%(num)s lots", len(found.trace.lots)),
            receipts=ngettext("%(num)s delivery", "%(num)s deliveries", receipts),
        )
    sessions = len({use.session_uid for use in uses} | {met.session_uid for met in devices})
    people = len({use.patient_uid for use in uses} | {met.patient_uid for met in devices})
    return gettext(
        "%(people)s in %(sessions)s",
        people=ngettext("%(num)s patient", "%(num)s patients", people),
        sessions=ngettext("%(num)s session", "%(num)s sessions", sessions),
    )
