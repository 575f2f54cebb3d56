"""How does a signature get under an act?  As a row with name, meaning and time, which the act's entry names.

The meaning and the time stand beside the printed name, and the signature cannot be taken off its record
(21 CFR 11.50 and 11.70).
"""

from __future__ import annotations

from sqlalchemy import insert, select

from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import JournalName, Signing, Work
from stockroom.models import Person, Signature
from stockroom.vocabulary import SignatureWay


def write_signatures(work: Work, journal: JournalName) -> None:
    """Write down who signs the act, before its entry in `journal`, a clinic's, whose payload names each."""
    if not work.signed:
        return
    ids = {each.person_id for each in work.signed}
    names = {
        row.id: row.name
        for row in work.connection.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    }
    rows = [
        {
            "uid": new_uid(work.now),
            "clinic_id": journal.clinic_id,
            "person_id": each.person_id,
            "person_name": names[each.person_id],
            "meaning": each.meaning.value,
            "way": _way(work, each).value,
            "signed_at": work.recorded_at,
            "act": work.kind,
            "entry_seq": work.heads[journal].seq + 1,
            "session_id": each.session_id,
        }
        for each in work.signed
    ]
    work.connection.execute(insert(Signature), rows)
    work.payload["signatures"] = [
        {"uid": row["uid"], "person": each.person_uid, "meaning": row["meaning"], "way": row["way"]}
        for row, each in zip(rows, work.signed, strict=True)
    ]


def _way(work: Work, signing: Signing) -> SignatureWay:
    """A program signs for its owner with the token that it was given; whoever signs beside it is there in person."""
    if work.actor.token_id is not None and signing.person_id == work.actor.person_id:
        return SignatureWay.TOKEN
    return SignatureWay(signing.way.value)
