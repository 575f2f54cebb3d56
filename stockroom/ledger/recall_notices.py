"""How is a notice of a recall filed, with the file that it came in, and how are its confirmed lines written?"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row

from stockroom.db.identifiers import new_uid
from stockroom.db.sealing import KeyRing, seal, unseal
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Unreadable, extracted
from stockroom.ledger import recall_rows
from stockroom.models import RecallFile, RecallNotice, RecallScope
from stockroom.rules.recalling import ScopeLine
from stockroom.vocabulary import RecallClass, RecallFileKind, ReceivedHow, ScopeSource

FILE_MAX = 10_000_000
WORDS_MAX = 4_000
_HEADS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_NAME = re.compile(r"[^\w .()+-]+")


@dataclass(eq=False, kw_only=True)
class FileTooLarge(Unreadable):
    """The file is larger than is kept."""

    code: ClassVar[str] = "file_too_large"
    title = extracted("This file is too large")
    message: ClassVar[str] = extracted("The file is empty or larger than {megabytes_max} MB.")
    megabytes_max: int = FILE_MAX // 1_000_000


@dataclass(frozen=True, kw_only=True)
class NoticeGiven:
    """A notice as it came."""

    issuer: str
    """Who recalls: the manufacturer, the supplier, the authority."""
    reference: str
    """The issuer's number of it."""
    recall_class: RecallClass
    received_at: datetime
    received_how: ReceivedHow
    received_by_uid: str | None = None
    """A person; whoever files it when None."""
    answer_by: datetime | None = None
    supplier_uid: str | None = None
    """To whom the reply goes."""
    asked: str = ""
    """What is to be done, in its words."""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class FileGiven:
    """A file as it came."""

    file_name: str
    content: str
    """Its bytes in base64."""


def check_notice(given: NoticeGiven, *, now: datetime) -> None:
    """Raise InvalidValue unless the notice says who, under which number, and came before now."""
    for name in ("issuer", "reference"):
        text = getattr(given, name)
        if not text.strip() or len(text) > 200 or "\0" in text:
            raise InvalidValue(field=name, problem="as the notice prints it, at most 200 characters")
    for name in ("asked", "note"):
        if len(getattr(given, name)) > WORDS_MAX or "\0" in getattr(given, name):
            raise InvalidValue(field=name, problem=f"at most {WORDS_MAX} characters")
    if given.received_at > now:
        raise InvalidValue(field="received_at", problem="when it came; that cannot lie ahead")
    if given.answer_by is not None and given.answer_by < given.received_at:
        raise InvalidValue(field="answer_by", problem="after the notice came")


def file_notice(
    work: Work, case_id: int, given: NoticeGiven, *, received_by_id: int, supplier_id: int | None
) -> tuple[int, str]:
    """Write a notice down as the newest of its case; give its key and its uid."""
    return recall_rows.write_numbered(
        work,
        RecallNotice,
        {
            "case_id": case_id,
            "n": recall_rows.next_number(work, RecallNotice, case_id),
            "issuer": given.issuer.strip(),
            "reference": given.reference.strip(),
            "recall_class": given.recall_class.value,
            "received_at": given.received_at,
            "received_how": given.received_how.value,
            "received_by_id": received_by_id,
            "answer_by": given.answer_by,
            "supplier_id": supplier_id,
            "asked": given.asked.strip(),
            "note": given.note.strip(),
        },
    )


def keep_file(
    work: Work, case_id: int, given: FileGiven, *, notice_id: int | None, what: RecallFileKind
) -> tuple[int, str]:
    """Keep a file of a case, sealed under a key of its own; give its key and its uid.  Raises FileTooLarge."""
    try:
        content = b64decode(given.content, validate=True)
    except (NoBase64, ValueError) as error:
        raise InvalidValue(field="file", problem="bytes in base64") from error
    if not 0 < len(content) <= FILE_MAX:
        raise FileTooLarge()
    uid = new_uid(work.now)
    wrapped = work.store.keyring.new_data_key(bound_to=uid)
    data_key = work.store.keyring.open_data_key(wrapped, bound_to=uid)
    return recall_rows.write_numbered(
        work,
        RecallFile,
        {
            "uid": uid,
            "case_id": case_id,
            "notice_id": notice_id,
            "what": what.value,
            "file_name": _NAME.sub("_", given.file_name).strip(" .")[-120:] or "file",
            "media_type": media_type_of(content),
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "data_key": wrapped,
            "content": seal(data_key, b64encode(content).decode("ascii"), bound_to=_bound(uid)),
        },
    )


def content_of(keyring: KeyRing, row: Row[Any]) -> bytes:
    """Give the bytes of a kept file (its `uid`, `data_key` and `content`).  Raises SealBroken."""
    data_key = keyring.open_data_key(row.data_key, bound_to=row.uid)
    return b64decode(unseal(data_key, row.content, bound_to=_bound(row.uid)))


def media_type_of(content: bytes) -> str:
    """What a file is by its first bytes, whatever its name says."""
    for head, media_type in _HEADS.items():
        if content.startswith(head):
            return media_type
    return "application/octet-stream"


def write_line(
    work: Work, case_id: int, line: ScopeLine, *, product_id: int, notice_id: int | None, source: ScopeSource
) -> int:
    """Write a confirmed line as the case's next one, and give its key."""
    return recall_rows.write_numbered(
        work,
        RecallScope,
        {
            "case_id": case_id,
            "n": recall_rows.next_number(work, RecallScope, case_id),
            "notice_id": notice_id,
            "product_id": product_id,
            "kind": line.kind.value,
            "first": line.first,
            "last": line.last,
            "pattern": line.pattern,
            "source": source.value,
        },
    )[0]


def _bound(uid: str) -> str:
    return f"recall_file:{uid}"
