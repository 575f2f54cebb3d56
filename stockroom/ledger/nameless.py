"""Does a text that everybody may read, and that stays, name a patient?  (L14)

Reasons, notes and comments stand beside the books, on auditors' pages and on paper, and outlive an erasure.  What
has to name somebody is sealed with her own key instead: the notes of reactions and of attempts to reach her.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, ClassVar

from sqlalchemy import select

from stockroom.db.among import among
from stockroom.db.transaction import Work
from stockroom.errors import Refused, extracted
from stockroom.models import PatientIndex

_SAID = re.compile(r"(.*_)?(reason|note|comment|words|reference|answer|although|statement|title)")
"""Fields whose texts people write."""
SAID = {"said": True}
"""Metadata of a field of another name that is one too."""
_SIMPLE = re.compile(r"(?:(?:int|bool|float|Decimal|date|time|datetime|timedelta|bytes|None|str)(?: \| )?)+")
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
    fields = {token: field for field, text in set(_texts(command)) for token in _tokens(work, text)}
    if not fields:
        return
    named = work.connection.execute(_NAMED, {"tokens": tuple(fields)}).scalar()
    if named is not None:
        raise NamesPatient(field=fields[named])


def _texts(said: object, field: str = "", *, is_said: bool = False) -> Iterator[tuple[str, str]]:
    """Every text that somebody wrote, with the field in which it stands."""
    if isinstance(said, str):
        if is_said and not isinstance(said, Enum):
            yield field, said
    elif isinstance(said, tuple | list | frozenset):
        for each in said:
            yield from _texts(each, field, is_said=is_said)
    elif dataclasses.is_dataclass(said):
        kind: Any = type(said)
        for name, holds_words in _fields_of(kind):
            yield from _texts(getattr(said, name), name, is_said=holds_words)


@lru_cache(maxsize=1024)
def _fields_of(kind: Any) -> tuple[tuple[str, bool], ...]:
    """The fields of a command, or of a part of one, in which words may stand, and whether they are themselves some."""
    found = (
        (each, bool(_SAID.fullmatch(each.name)) or "said" in each.metadata)
        for each in dataclasses.fields(kind)
    )
    return tuple((each.name, is_said) for each, is_said in found if is_said or not _is_simple(each.type))


def _is_simple(annotated: object) -> bool:
    """Whether nothing but numbers, instants or one text stands in a field."""
    return _SIMPLE.fullmatch(str(annotated)) is not None


def _tokens(work: Work, text: str) -> Iterator[str]:
    """Every run of two to four words, as it is written and the last word first."""
    words = _WORD.findall(text)[:_LONGEST]
    for first in range(len(words) - 1):
        for count in range(2, _WORDS_MOST + 1):
            run = words[first : first + count]
            if len(run) == count:
                yield work.store.keyring.blind_index("name", " ".join(run))
                yield work.store.keyring.blind_index("name", " ".join((*run[1:], run[0])))
