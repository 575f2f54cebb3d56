"""What is written into the outbox for whom, and how does it leave the house?"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, or_, select, update

from stockroom.db.columns import written
from stockroom.db.store import Store
from stockroom.db.transaction import errand
from stockroom.jobs.running import Place, Run
from stockroom.ledger.memberships import holds
from stockroom.models import Membership, OutboxMessage, Person, User
from stockroom.notices import AlertKind, MessageState, Severity
from stockroom.operations.write_digest import WriteDigest, digest_key, write_digest
from stockroom.outside.catalogues import LANGUAGE, day_in, wall_in, words_in
from stockroom.outside.mail import FolderPostman, Letter, NotDelivered, Postman, SmtpPostman
from stockroom.queries.alerts import AlertRow, AlertsAsked, alerts
from stockroom.queries.paging import PAGE_ROWS_MAX
from stockroom.rules.alerting import mailed_to
from stockroom.rules.digesting import Digest, Item, digest
from stockroom.rules.low_stock import WORDS, WORDS_WITHOUT_DAY, Supply
from stockroom.rules.timetable import digest_day
from stockroom.vocabulary import Role

if TYPE_CHECKING:
    from config import Settings

TRIES_MAX = 6
LEASE = timedelta(minutes=3)
"""Longer than a server may take to say no."""
FAILURES_MAX = 3
"""After so many letters in a row that did not leave, the server is left alone until the next run."""
LETTERS_MAX = 200
"""So many letters a run; the next run goes on."""


def postman_of(settings: Settings) -> Postman:
    """Give what takes letters out: the mail server of the settings, else the folder `outbox` of the instance."""
    if settings.smtp_host is None:
        return FolderPostman(folder=settings.instance / "outbox", sender=settings.mail_from)
    return SmtpPostman(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.mail_from,
        user=settings.smtp_user,
        password=settings.smtp_password,
        security=settings.smtp_security,
    )


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Somebody who gets the day's mail of a clinic."""

    user_uid: str
    roles: frozenset[Role]


def write_digests(run: Run) -> None:
    """Put the day's mail into the outbox, for every clinic whose morning has come and everybody who gets it."""
    run.in_each_clinic(lambda place: _write_in(run, place))


def _write_in(run: Run, place: Place) -> None:
    day = digest_day(run.as_of, place.zone)
    if day is None:
        return
    with run.store.reading() as connection:
        readers, told_before = _readers(connection, place, day, run.as_of)
        said = {
            kinds: _told(connection, place, kinds, run.as_of)
            for kinds in {mailed_to(reader.roles) for reader in readers}
        }
    run.skipped += told_before
    due = [reader for reader in readers if said[mailed_to(reader.roles)]]
    if not due:
        return
    actor = run.actor(place)

    def write(reader: Reader) -> bool:
        rows = said[mailed_to(reader.roles)]
        worded = _worded(rows, place, day, run.as_of)
        command = WriteDigest(
            user_uid=reader.user_uid,
            day=day,
            subject=worded.subject,
            body=worded.body,
            alert_uids=tuple(row.uid for row in rows),
            claim=run.claim,
        )
        key = run.key(place, place.uid, day.isoformat(), reader.user_uid)
        given = write_digest(run.store, command, actor=actor, key=key, now=run.clock())
        return given.message_uid is not None

    run.each(due, lambda reader: f"user {reader.user_uid}", write)


def _readers(
    connection: Connection, place: Place, day: date, now: datetime
) -> tuple[tuple[Reader, ...], int]:
    """Those whose roles get mail and who have a log-in, without those who have the day's; and how many those are."""
    roles: dict[str, set[Role]] = defaultdict(set)
    for row in connection.execute(
        select(User.uid, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.clinic_id == place.id, User.active, holds(now))
        .order_by(User.id)
    ):
        roles[row.uid].add(Role(row.role))
    concerned = {uid: frozenset(held) for uid, held in roles.items() if mailed_to(held)}
    keys = {digest_key(uid, day): uid for uid in concerned}
    written_before = set(
        connection.execute(
            select(OutboxMessage.key).where(
                OutboxMessage.clinic_id == place.id, OutboxMessage.key.in_(sorted(keys))
            )
        ).scalars()
    )
    readers = tuple(
        Reader(user_uid=uid, roles=concerned[uid]) for key, uid in keys.items() if key not in written_before
    )
    return readers, len(written_before)


def _told(
    connection: Connection, place: Place, kinds: Iterable[Any], as_of: datetime
) -> tuple[AlertRow, ...]:
    asked = AlertsAsked(kinds=frozenset(kinds), waiting_only=True)
    return alerts(connection, place.id, now=as_of, asked=asked, limit=PAGE_ROWS_MAX).items


def _worded(rows: Iterable[AlertRow], place: Place, day: date, as_of: datetime) -> Digest:
    items = [
        Item(
            kind=row.kind,
            severity=Severity(row.severity),
            line=_line(row, place.zone),
            is_new=as_of - row.raised_at < timedelta(days=1),
        )
        for row in rows
    ]
    return digest(items, clinic=place.name, day=day_in(LANGUAGE, day), words=words_in(LANGUAGE))


def _line(row: AlertRow, zone: str) -> str:
    """Product, lot, places and date: what finds the thing; never a patient."""
    gettext = words_in(LANGUAGE).gettext
    facts = json.loads(row.facts)
    since = gettext("since %(when)s") % {"when": wall_in(LANGUAGE, row.raised_at, zone)}
    if row.subject_kind == "job":
        return f"{facts.get('job', '?')} · {since}"
    thing = row.thing
    if thing is None:
        return since
    parts = [" ".join(part for part in (thing.name, thing.strength) if part)]
    if thing.lot_number:
        parts.append(gettext("lot %(number)s") % {"number": thing.lot_number})
    if thing.container_code:
        parts.append(gettext("container %(code)s") % {"code": thing.container_code})
    if thing.preparation_code:
        parts.append(gettext("cocktail %(code)s") % {"code": thing.preparation_code})
    parts += [", ".join(thing.places)] if thing.places else []
    if row.kind == AlertKind.BEYOND_USE and thing.limit_at is not None:
        parts.append(gettext("since %(when)s") % {"when": wall_in(LANGUAGE, thing.limit_at, zone)})
    elif thing.expires_on is not None:
        parts.append(gettext("expires %(day)s") % {"day": day_in(LANGUAGE, thing.expires_on)})
    if "minimum" in facts:
        left = gettext("%(usable)s left, minimum %(minimum)s")
        parts.append(left % {"usable": facts["usable"], "minimum": facts["minimum"]})
    if "supply" in facts:
        due_on = date.fromisoformat(facts["due_on"]) if facts["due_on"] else None
        words = gettext((WORDS if due_on else WORDS_WITHOUT_DAY)[Supply(facts["supply"])])
        parts.append(words % {"count": facts["on_order"], "day": day_in(LANGUAGE, due_on) if due_on else ""})
    return " · ".join(parts)


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A letter that this process has claimed, and the fence under which it did."""

    message_id: int
    fence: int
    attempts: int
    letter: Letter | None
    """None when its reader has no log-in any more."""


def send_notices(run: Run) -> None:
    """Send what waits, each letter by whoever claims it first; at least once, always under its own Message-ID."""
    failures_in_a_row = 0
    for _ in range(LETTERS_MAX):
        run.hold_on()
        outgoing = _claim_next(run.store, now=run.clock())
        if outgoing is None:
            return
        failures_in_a_row = 0 if _send(run, outgoing) else failures_in_a_row + 1
        if failures_in_a_row == FAILURES_MAX:
            return


def _send(run: Run, outgoing: Outgoing) -> bool:
    """Send one letter, and say whether it is done with for this run."""
    if outgoing.letter is None:
        _mark(run, outgoing, state=MessageState.VOID, ended_at=run.clock())
        run.skipped += 1
        return True
    try:
        run.postman.deliver(outgoing.letter)
    except NotDelivered as failure:
        tries = outgoing.attempts + 1
        is_over = failure.is_permanent or tries >= TRIES_MAX
        now = run.clock()
        _mark(
            run,
            outgoing,
            state=MessageState.GIVEN_UP if is_over else MessageState.WAITING,
            ended_at=now if is_over else None,
            attempts=tries,
            next_attempt_at=now + back_off(tries),
            last_failure=failure.reason,
        )
        run.note(f"message {outgoing.letter.uid}: {failure.reason}")
        return failure.is_permanent
    _mark(
        run,
        outgoing,
        state=MessageState.SENT,
        ended_at=run.clock(),
        attempts=outgoing.attempts + 1,
        last_failure="",
    )
    run.done += 1
    return True


def back_off(tries: int) -> timedelta:
    """Give how long to wait after so many tries: 5 minutes, then four times as long each time, at most 6 hours."""
    return min(timedelta(minutes=5) * 4 ** (tries - 1), timedelta(hours=6))


def _claim_next(store: Store, *, now: datetime) -> Outgoing | None:
    """Claim the oldest letter that is due, by compare-and-set; None when nothing is due."""
    while True:
        with store.reading() as connection:
            row = connection.execute(_due(now)).first()
        if row is None:
            return None
        with errand(store) as connection:
            taken = connection.execute(
                update(OutboxMessage)
                .where(
                    OutboxMessage.id == row.id,
                    OutboxMessage.fence == row.fence,
                    OutboxMessage.state == MessageState.WAITING,
                )
                .values(fence=row.fence + 1, lease_until=now + LEASE)
            )
        if taken.rowcount == 1:
            return _outgoing(row)


def _due(now: datetime) -> Any:
    return (
        select(
            OutboxMessage.id,
            OutboxMessage.uid,
            OutboxMessage.fence,
            OutboxMessage.attempts,
            OutboxMessage.subject,
            OutboxMessage.body,
            OutboxMessage.created_at,
            User.email,
            User.active,
            Membership.role,
            Person.name,
        )
        .join(User, User.id == OutboxMessage.user_id)
        .join(Person, Person.id == User.person_id)
        .outerjoin(
            Membership,
            and_(
                Membership.user_id == User.id,
                Membership.clinic_id == OutboxMessage.clinic_id,
                holds(now),
            ),
        )
        .where(
            OutboxMessage.state == written(MessageState.WAITING),
            OutboxMessage.next_attempt_at <= now,
            or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until < now),
        )
        .order_by(OutboxMessage.id)
        .limit(1)
    )


def _outgoing(row: Any) -> Outgoing:
    letter = None
    if row.active and row.role is not None:
        letter = Letter(
            uid=row.uid,
            to_name=row.name,
            to_address=row.email,
            subject=row.subject,
            body=row.body,
            written_at=row.created_at,
        )
    return Outgoing(message_id=row.id, fence=row.fence + 1, attempts=row.attempts, letter=letter)


def _mark(run: Run, outgoing: Outgoing, **values: object) -> None:
    """Write what came of a letter, unless somebody else has claimed it since."""
    with errand(run.store) as connection:
        connection.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == outgoing.message_id, OutboxMessage.fence == outgoing.fence)
            .values(lease_until=None, **values)
        )
