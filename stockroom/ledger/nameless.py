"""Does a text that everybody may read, and that stays, name a patient?  (L14)

Reasons, notes and comments stand beside the books, on auditors' pages and on paper, and outlive an erasure.  What
has to name somebody is sealed with her own key instead: the notes of reactions and of attempts to reach her.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import select

from stockroom.db.among import among
from stockroom.db.transaction import Work
from stockroom.errors import Refused, extracted
from stockroom.ledger.said import texts_of
from stockroom.models import PatientIndex

_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_WORDS_MOST = 4
"""So many words together are looked up as one name."""
_LONGEST = 400
"""Words of a text that are looked at; a longer one is no reason."""
_NAMED = (
    select(PatientIndex.token)
    .where(PatientIndex.field == "name", among(PatientIndex.token, "tokens"))
    .limit(1)
)


@dataclass(eq=False, kw_only=True)
class NamesPatient(Refused):
    """A text that everybody may read, and that cannot be taken out again, holds a patient's whole name."""

    code: ClassVar[str] = "names_patient"
    message: ClassVar[str] = extracted(
        "This names a patient, and everybody may read it for good. Write the patient's reference or the session's code "
        "instead of the name. Nothing was recorded."
    )
    field: str


def require_nameless(work: Work, command: object) -> None:
    """Raise NamesPatient where a reason, note or comment of the command holds the whole name of a patient.

    Wherever in the command it stands: of an override, of each line of a list.  Found by blind index, in one
    statement for all texts; none is asked where no text has two words.
    """
    fields = {token: field for field, text in set(texts_of(command)) for token in _tokens(work, text)}
    if not fields:
        return
    named = work.connection.execute(_NAMED, {"tokens": tuple(fields)}).scalar()
    if named is not None:
        raise NamesPatient(field=fields[named])


def _tokens(work: Work, text: str) -> Iterator[str]:
    """Every run of two to four words, as it is written and the last word first."""
    words = _WORD.findall(text)[:_LONGEST]
    for first in range(len(words) - 1):
        for count in range(2, _WORDS_MOST + 1):
            run = words[first : first + count]
            if len(run) == count:
                yield work.store.keyring.blind_index("name", " ".join(run))
                yield work.store.keyring.blind_index("name", " ".join((*run[1:], run[0])))
