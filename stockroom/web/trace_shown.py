"""What of a trace does a page, a file or a paper show?  The walk, and then, written down first, who was met on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import gettext, ngettext
from sqlalchemy import Connection

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose_trace
from stockroom.access.traced import Walked
from stockroom.errors import InvalidValue
from stockroom.ledger.trace_lines import NEWEST
from stockroom.queries import traces
from stockroom.queries.clinics import clinics_where
from stockroom.queries.trace_origins import origins_of
from stockroom.queries.trace_patients import PatientReached, patients_reached
from stockroom.queries.trace_rows import BackTrace, ForwardTrace, Use
from stockroom.queries.trace_starts import OF_SESSIONS, Start, start_of
from stockroom.queries.traces import Counted
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
class Shown(Walked):
    """What of a trace stands on a page or a paper: some of its uses, and the people whom it names."""

    uses: tuple[Use, ...]
    patients: dict[str, PatientReached]

    @property
    def is_forward(self) -> bool:
        return isinstance(self.trace, ForwardTrace)

    @property
    def counted(self) -> Counted:
        return self.traced.counted

    @property
    def is_summary(self) -> bool:
        """There are so many uses that they are counted, and read page by page."""
        return self.traced.many is not None


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
        found = traces.traced_back(connection, seen, start, as_of=asked.as_of)
        assert isinstance(found.trace, BackTrace)
        return Walked(traced=found, origins=found.trace.origins)
    found = traces.traced_forward(connection, seen, start, as_of=asked.as_of)
    lot_ids = [each.lot.lot_id for each in found.trace.lots]
    return Walked(traced=found, origins=origins_of(connection, seen, lot_ids, as_of=asked.as_of))


def shown(asked: Asked, *, offset: int = 0, limit: int) -> Shown:
    """Walk, write down who is shown whom, then read the people.

    Where the uses are few all of them are given, and everybody is named; where they are many, so many as `limit`
    from `offset` on, and who was met on these.  Raises ThingNotFound, TraceTooLarge.
    """
    with installation().reading() as connection:
        found = walked(connection, asked, seen_here(connection))
        uses = found.trace.uses
        if found.traced.many is not None:
            uses = found.traced.some(connection, offset=offset, limit=limit)
    return with_people(found, uses)


def with_people(found: Walked, uses: tuple[Use, ...]) -> Shown:
    """Write down who is shown whom on these uses, then read the people."""
    store = installation()
    met = found.traced.met_on({(use.lot.clinic_id, use.patient_uid) for use in uses})
    uids = disclose_trace(store, acting(), met, purpose="trace", now=present())
    with store.reading() as connection:
        people = patients_reached(connection, store.keyring, uids)
    return Shown(
        traced=found.traced,
        origins=found.origins,
        uses=uses,
        patients={person.uid: person for person in people},
    )


def name_of(people: dict[str, PatientReached], uid: str) -> str:
    """By what a patient of a trace is known: her reference or code, never her name."""
    return known_as(people[uid])


def known_as(person: PatientReached) -> str:
    """By what somebody is known who was met on a trace."""
    return person.reference or person.short_code or gettext("erased")


def through_of(use: Use, numbers: Mapping[str, str]) -> str:
    """Say how what was asked for came into a use: directly, as part of what was used, or through further cocktails."""
    between = [numbers.get(uid, uid) for uid in use.via if uid != use.lot.uid]
    if between:
        return " > ".join(between)
    return gettext("made with it") if use.via else gettext("directly")


def sentence_of(found: Walked) -> str:
    """Say in one sentence whom it reached, or from where it came."""
    counted = found.traced.counted
    if isinstance(found.trace, BackTrace) and found.trace.lots and not counted.sessions:
        receipts = len({origin.receipt_uid for origin in found.origins})
        return gettext(
            "%(lots)s from %(receipts)s",
            lots=ngettext("%(num)s lot", "%(num)s lots", len(found.trace.lots)),
            receipts=ngettext("%(num)s delivery", "%(num)s deliveries", receipts),
        )
    return gettext(
        "%(people)s in %(sessions)s",
        people=ngettext("%(num)s patient", "%(num)s patients", counted.patients),
        sessions=ngettext("%(num)s session", "%(num)s sessions", counted.sessions),
    )
