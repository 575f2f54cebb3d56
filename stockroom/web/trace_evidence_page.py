"""Who signed off what a trace said, and what did it say?  The pack of evidence: read, signed, and printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Connection
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.access.traced import Walked
from stockroom.errors import Forbidden, ThingNotFound, extracted
from stockroom.operations.sign_evidence import (
    COMMENT_LONGEST,
    EvidenceNotAsRead,
    EvidenceSigned,
    SignEvidence,
    sign_evidence,
)
from stockroom.queries.evidence import (
    ROWS_ON_PAPER_MAX,
    EvidenceRow,
    digest_of,
    evidence,
    evidence_about,
    head_of,
    ids_of_clinics,
    uids_of_clinics,
)
from stockroom.queries.trace_digest import facts_of
from stockroom.queries.trace_rows import ForwardTrace, Use
from stockroom.web.account_words import account_words
from stockroom.web.counted import packs_of
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.signing import own_way
from stockroom.web.trace_shown import (
    MADE_OF,
    Asked,
    read_instant,
    seen_here,
    sentence_of,
    walked,
    with_people,
)

blp = Blueprint(
    "trace_evidence_page", __name__, url_prefix="/c/<clinic_uid>/trace/<kind>/<thing_uid>/evidence"
)
NUMBER_DIGITS_MAX = 15


@dataclass(eq=False, kw_only=True)
class EvidenceCoversMore(Forbidden):
    """The pack covers clinics in which its reader may not trace; printed without them it would say less."""

    code: ClassVar[str] = "evidence_covers_more"
    message: ClassVar[str] = extracted(
        "This evidence covers clinics in which you may not trace. Ask whoever signed it, {signed_by}, to print it."
    )
    signed_by: str


class EvidenceForm(KeyedForm):
    """What was read, as it stood when the page was made, and what is said of it."""

    as_of = HiddenField()
    digest = HiddenField()
    head_seq = HiddenField()
    head_hash = HiddenField()
    comment = TextAreaField(
        lazy_gettext("What you looked at, and what you found"),
        validators=[DataRequired(), Length(max=COMMENT_LONGEST)],
    )


@dataclass(frozen=True, kw_only=True)
class Read:
    """A trace as it is signed: what it says, and the digest of that."""

    found: Walked
    digest: str
    clinic_uids: frozenset[str]
    uses: tuple[Use, ...] = ()
    """Those that stand on the paper."""


@blp.get("")
def look(clinic_uid: str, kind: str, thing_uid: str) -> ResponseReturnValue:
    """What would be signed now, or as of the instant that the address names, and what was signed before."""
    said = request.args.get("as_of", "").strip()
    at = read_instant(said) if said else present()
    asked = Asked(kind=kind, uid=thing_uid, as_of=at)
    with installation().reading() as connection:
        head = head_of(connection, acting().clinic_id)
    read = _read(asked)
    given = {
        "as_of": asked.as_of.isoformat(),
        "digest": read.digest,
        "head_seq": head.seq,
        "head_hash": head.hash,
    }
    return _page(asked, read, EvidenceForm(formdata=None, data=given))


@blp.post("")
def sign(clinic_uid: str, kind: str, thing_uid: str) -> ResponseReturnValue:
    """Sign what the page showed, if the books still say it."""
    form = EvidenceForm()
    asked = Asked(kind=kind, uid=thing_uid, as_of=read_instant(form.as_of.data or ""))
    read = _read(asked)
    done = send(form, lambda: _signed(asked, read, form))
    if isinstance(done, Refusal):
        return _page(asked, read, form, done), done.status
    say(gettext("Signed. The evidence can be printed now."))
    return redirect(url_for(".look", clinic_uid=clinic_uid, kind=kind, thing_uid=thing_uid), code=303)


@blp.get("/<evidence_uid>.pdf")
def paper(clinic_uid: str, kind: str, thing_uid: str, evidence_uid: str) -> ResponseReturnValue:
    """A signed pack on paper, made anew of the books as they stood."""
    pack = pack_of_trace(kind, thing_uid, evidence_uid)
    read = _read(Asked(kind=kind, uid=thing_uid, as_of=pack.as_of), pack)
    answer = Response(_printed(pack, read), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="evidence-{pack.entry_seq}.pdf"'
    return answer


def pack_of_trace(kind: str, thing_uid: str, evidence_uid: str) -> EvidenceRow:
    """A pack that was signed about this thing.  Raises ThingNotFound."""
    with installation().reading() as connection:
        pack = evidence(connection, acting().clinic_id, uid=evidence_uid)
    if (pack.subject_kind, pack.subject_uid) != (_subject(kind), thing_uid):
        raise ThingNotFound(thing="evidence", uid=evidence_uid[:40])
    return pack


def clinics_of(connection: Connection, pack: EvidenceRow) -> frozenset[int]:
    """The clinics that a pack covers, all of which its reader may see.  Raises EvidenceCoversMore."""
    seen = seen_here(connection)
    if not pack.clinic_uids:
        return seen
    if not pack.clinic_uids <= uids_of_clinics(connection, seen):
        raise EvidenceCoversMore(signed_by=pack.signed_by)
    return ids_of_clinics(connection, pack.clinic_uids)


def _printed(pack: EvidenceRow, read: Read) -> bytes:
    from stockroom.web.evidence_on_paper import evidence_paper  # dear to load: not at the start
    from stockroom.web.trace_on_paper import trace_parts

    return evidence_paper(
        pack,
        title=title_of(read.found, pack.subject_kind.removeprefix("trace/")),
        about=(),
        parts=trace_parts(with_people(read.found, read.uses), as_of=pack.as_of, annex=pack.annex),
        digest_now=read.digest,
    )


def _subject(kind: str) -> str:
    return f"trace/{kind}"


def _read(asked: Asked, pack: EvidenceRow | None = None) -> Read:
    """Walk, of a pack through the clinics that it covers.  Raises EvidenceCoversMore."""
    with installation().reading() as connection:
        seen = seen_here(connection) if pack is None else clinics_of(connection, pack)
        found = walked(connection, asked, seen)
        traced = found.traced
        return Read(
            found=found,
            digest=digest_of(facts_of(traced, found.origins, traced.uses(connection))),
            clinic_uids=uids_of_clinics(connection, seen),
            uses=() if pack is None else traced.some(connection, limit=ROWS_ON_PAPER_MAX),
        )


def _signed(asked: Asked, read: Read, form: EvidenceForm) -> EvidenceSigned:
    number = form.head_seq.data or ""
    is_number = number.isascii() and number.isdecimal() and len(number) <= NUMBER_DIGITS_MAX
    head_seq = int(number) if is_number else 0
    if form.digest.data != read.digest:
        raise EvidenceNotAsRead(head_seq=head_seq)
    command = SignEvidence(
        subject_kind=_subject(asked.kind),
        subject_uid=asked.uid,
        as_of=asked.as_of,
        digest=read.digest,
        head_seq=head_seq,
        head_hash=form.head_hash.data or "",
        comment=form.comment.data or "",
        way=own_way(),
        clinic_uids=tuple(sorted(read.clinic_uids)),
    )
    return sign_evidence(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _page(asked: Asked, read: Read, form: EvidenceForm, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        signed = evidence_about(connection, acting().clinic_id, subject_uid=asked.uid)
    trace = read.found.trace
    lots = {each.lot.uid: each.lot for each in trace.lots}
    accounts = trace.accounts if isinstance(trace, ForwardTrace) else ()
    packs = packs_of(lots.values())
    return render_template(
        "trace/evidence.html",
        form=form,
        refusal=refusal,
        asked=asked,
        title=title_of(read.found, asked.kind),
        sentence=sentence_of(read.found),
        unseen=trace.unseen_clinics,
        statement=[
            (lots[each.lot_uid], account_words(each, lots[each.lot_uid], packs), each.is_complete)
            for each in accounts
            if each.is_moved
        ],
        digest=read.digest,
        signed=[row for row in signed if row.subject_kind == _subject(asked.kind)],
    )


def title_of(found: Walked, kind: str) -> str:
    """What a pack is about, in words."""
    first = found.trace.lots[0].lot if found.trace.lots else None
    if first is not None and kind == "container":
        return gettext(
            "Evidence: opened %(code)s of lot %(number)s of %(product)s",
            code=found.traced.container_code,
            number=first.number,
            product=first.product_name,
        )
    if first is not None and kind in ("lot", "preparation"):
        return gettext(
            "Evidence: lot %(number)s of %(product)s", number=first.number, product=first.product_name
        )
    if first is not None and kind == MADE_OF:
        return gettext("Evidence: what went into lot %(number)s", number=first.number)
    return gettext("Evidence of a trace")
