"""When do the heads of a clinic's journals go out by mail?  Every morning, where the clinic wants it."""

from __future__ import annotations

from stockroom.jobs.running import Place, Run
from stockroom.operations.mail_heads import MailHeads, mail_heads
from stockroom.outside.catalogues import LANGUAGE, day_in, words_in
from stockroom.reads.settings import settings_of
from stockroom.rules.timetable import digest_day


def mail_heads_of_the_day(run: Run) -> None:
    """Put the letters of the day into the outbox, for every clinic that wants them and whose morning has come."""
    run.in_each_clinic(lambda place: _mail_in(run, place))


def _mail_in(run: Run, place: Place) -> None:
    day = digest_day(run.as_of, place.zone)
    with run.store.reading() as connection:
        is_wanted = settings_of(connection, place.id).heads_by_mail
    if day is None or not is_wanted:
        run.skipped += 1
        return
    words = words_in(LANGUAGE)
    said = {"clinic": place.name, "day": day_in(LANGUAGE, day)}
    command = MailHeads(
        day=day,
        subject=words.gettext("%(clinic)s: heads of the journals, %(day)s") % said,
        before=words.gettext(
            "These are number and hash of the newest entry of each journal of %(clinic)s on %(day)s. "
            "Keep this letter: with it check_journal.py shows whether an export of later is the same journal."
        )
        % said,
        claim=run.claim,
    )
    key = run.key(place, day.isoformat())
    given = mail_heads(run.store, command, actor=run.actor(place), key=key, now=run.clock())
    run.done += len(given.message_uids)
