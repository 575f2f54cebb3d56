"""Who signed off the evidence of a recall, and what does it hold?  Read, signed, and printed as it stood."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose_trace
from stockroom.errors import ThingNotFound
from stockroom.operations.sign_evidence import EvidenceNotAsRead, EvidenceSigned, SignEvidence, sign_evidence
from stockroom.queries.evidence import ROWS_ON_PAPER_MAX, EvidenceRow, evidence, evidence_about, head_of
from stockroom.queries.trace_patients import patients_reached
from stockroom.web.forms import Refusal, say, send
from stockroom.web.recall_here import CaseHere, case_here
from stockroom.web.recall_story_here import RecallStory, story_of
from stockroom.web.signing import own_way
from stockroom.web.trace_evidence_page import NUMBER_DIGITS_MAX, EvidenceForm
from stockroom.web.trace_shown import read_instant

blp = Blueprint("recall_evidence_page", __name__, url_prefix="/c/<clinic_uid>/recalls/<case_uid>/evidence")
RECALL, MOCK_RECALL = "recall", "mock_recall"


@blp.get("")
def pack(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """What would be signed now, and what was signed before."""
    story = story_of(case_here(case_uid, as_of=present()))
    with installation().reading() as connection:
        head = head_of(connection, acting().clinic_id)
    given = {
        "as_of": story.here.as_of.isoformat(),
        "digest": story.digest,
        "head_seq": head.seq,
        "head_hash": head.hash,
    }
    return _page(story, EvidenceForm(formdata=None, data=given))


@blp.post("")
def sign(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """Sign what the page showed, if the books still say that they said it then."""
    form = EvidenceForm()
    story = story_of(case_here(case_uid, as_of=read_instant(form.as_of.data or "")))
    done = send(form, lambda: _signed(story, form))
    if isinstance(done, Refusal):
        return _page(story, form, done), done.status
    say(gettext("Signed. The evidence can be printed now."))
    return redirect(url_for(".pack", clinic_uid=clinic_uid, case_uid=case_uid), code=303)


@blp.get("/<evidence_uid>.pdf")
def paper(clinic_uid: str, case_uid: str, evidence_uid: str) -> Response:
    """A signed pack on paper, made anew of the books as they stood."""
    signed = pack_of_recall(case_uid, evidence_uid)
    story = story_of(case_here(case_uid, as_of=signed.as_of))
    answer = Response(_printed(signed, story), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="recall-evidence-{signed.entry_seq}.pdf"'
    return answer


def pack_of_recall(case_uid: str, evidence_uid: str) -> EvidenceRow:
    """A pack that was signed about this case.  Raises ThingNotFound."""
    with installation().reading() as connection:
        signed = evidence(connection, acting().clinic_id, uid=evidence_uid)
    if signed.subject_kind not in (RECALL, MOCK_RECALL) or signed.subject_uid != case_uid:
        raise ThingNotFound(thing="evidence", uid=evidence_uid[:40])
    return signed


def _printed(signed: EvidenceRow, story: RecallStory) -> bytes:
    from stockroom.web.evidence_on_paper import evidence_paper  # dear to load: not at the start
    from stockroom.web.recall_on_paper import recall_parts

    return evidence_paper(
        signed,
        title=_title(story.here),
        about=(_about(story.here),),
        parts=recall_parts(story, named_in(story), annex=signed.annex, rows_max=ROWS_ON_PAPER_MAX),
        digest_now=story.digest,
    )


def _title(here: CaseHere) -> str:
    if here.is_mock:
        return gettext("Evidence: mock recall %(name)s", name=here.name)
    return gettext("Evidence: recall %(name)s", name=here.name)


def _about(here: CaseHere) -> str:
    if here.is_mock:
        return gettext("An exercise: nothing was held, and nobody was told anything.")
    return f"{here.issuer}, {here.reference}"


def named_in(story: RecallStory) -> Mapping[str, str]:
    """The patients by reference or code, once it was written down for whom they are read.

    Under the records as they were booked, too: one may have been merged into another since, and nothing stand of hers.
    """
    store, here = installation(), story.here
    listed = (*here.contacts, *story.records)
    pairs = {
        (each.clinic_id, row.patient_uid) for row in listed for each in row.sessions
    } | here.used.patients
    pairs = {(clinic_id, uid) for clinic_id, uid in pairs if clinic_id in here.seen}
    uids = disclose_trace(store, acting(), pairs, purpose="recall_evidence", now=present())
    with store.reading() as connection:
        people = patients_reached(connection, store.keyring, uids)
    return {each.uid: each.reference or each.short_code or gettext("erased") for each in people}


def _signed(story: RecallStory, form: EvidenceForm) -> EvidenceSigned:
    number = form.head_seq.data or ""
    is_number = number.isascii() and number.isdecimal() and len(number) <= NUMBER_DIGITS_MAX
    head_seq = int(number) if is_number else 0
    if form.digest.data != story.digest:
        raise EvidenceNotAsRead(head_seq=head_seq)
    command = SignEvidence(
        subject_kind=MOCK_RECALL if story.here.is_mock else RECALL,
        subject_uid=story.here.uid,
        as_of=story.here.as_of,
        digest=story.digest,
        head_seq=head_seq,
        head_hash=form.head_hash.data or "",
        comment=form.comment.data or "",
        way=own_way(),
    )
    return sign_evidence(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _page(story: RecallStory, form: EvidenceForm, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        signed = evidence_about(connection, acting().clinic_id, subject_uid=story.here.uid)
    return render_template(
        "recall/evidence.html",
        here=story.here,
        story=story,
        form=form,
        refusal=refusal,
        signed=signed,
        digest=story.digest,
        uses=story.here.used,
    )
