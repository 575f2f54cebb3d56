"""How does a pack of evidence come onto paper?  Who signed what, as of when, over which head; then its parts.

The same for every kind of pack: a trace, a recall, a mock recall.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext

from stockroom.outside.record_paper import PaperPart, RecordPaper, record_paper
from stockroom.queries.evidence import EvidenceRow
from stockroom.web.clinic_here import clinic_here
from stockroom.web.formats import show_word
from stockroom.web.printed_by import printed_by
from stockroom.web.record_words import at_wall


def evidence_paper(
    pack: EvidenceRow, *, title: str, about: Iterable[str], parts: Iterable[PaperPart], digest_now: str
) -> bytes:
    """Give a signed pack as a PDF.

    `about` are lines below the title, `parts` what it says, in order; `digest_now` is the digest of what they say
    now.  The foot of every page names the clinic, the signer and the digest.
    """
    return record_paper(
        RecordPaper(
            title=title,
            below=(*about, as_of_words(pack)),
            parts=(_signature(pack), *parts, _basis(pack, digest_now)),
            foot=_foot(pack),
        )
    )


def as_of_words(pack: EvidenceRow) -> str:
    """Say which state of the books it shows."""
    return gettext(
        "As of %(at)s: everything that was recorded by then, in the order of the books, and nothing later.",
        at=at_wall(pack.as_of),
    )


def _signature(pack: EvidenceRow) -> PaperPart:
    signed = gettext(
        "Signed off by %(name)s, %(at)s, proved by %(way)s. Entry %(entry)s of the journal.",
        name=pack.signed_by, at=at_wall(pack.signed_at), way=show_word(pack.signed_way), entry=pack.entry_seq,
    )  # fmt: skip
    return PaperPart(title=gettext("Signed off"), lines=(signed, pack.comment))


def _basis(pack: EvidenceRow, digest_now: str) -> PaperPart:
    over = gettext(
        "Journal of the clinic up to entry %(seq)s, whose hash is %(hash)s.",
        seq=pack.head_seq, hash=pack.head_hash,
    )  # fmt: skip
    same = gettext("What is printed here is what was signed: its digest is the same.")
    other = gettext(
        "WHAT IS PRINTED HERE IS NOT WHAT WAS SIGNED. Its digest is now %(digest)s. Let somebody verify the books.",
        digest=digest_now,
    )
    return PaperPart(
        title=gettext("What this stands on"),
        lines=(
            over,
            gettext("Digest of the content (SHA-256, without names): %(digest)s.", digest=pack.digest),
            gettext(
                "Annex: the file %(file)s.csv holds every row over which the digest was taken, in their order; the "
                "SHA-256 of the list of their SHA-256s is the digest.",
                file=pack.annex,
            ),
            same if digest_now == pack.digest else other,
            f"{printed_by()}.",
        ),
    )  # fmt: skip


def _foot(pack: EvidenceRow) -> str:
    clinic = clinic_here()
    signed = gettext("signed off by %(name)s, %(at)s", name=pack.signed_by, at=at_wall(pack.signed_at))
    return " · ".join(filter(None, ("" if clinic is None else clinic.name, signed, pack.digest[:16])))
