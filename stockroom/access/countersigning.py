"""Who signs beside the person who is signed on, and how does he or she prove who it is?

By badge anywhere, by PIN at a tablet, by address and password anywhere: in the same request as the act.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from stockroom.access import log_ins
from stockroom.access.acting import acting, installation
from stockroom.access.proving import prove
from stockroom.access.signing_on import Shown, proof_of
from stockroom.access.tablets import tablet_here
from stockroom.actor import Actor
from stockroom.clock import now
from stockroom.db.identifiers import new_uid
from stockroom.errors import Forbidden, extracted
from stockroom.operations.sign_on import AcceptProof, NotAtThisBench, accept_proof
from stockroom.reads.actors import actor_of_person
from stockroom.rules.permissions import BENCH_ROLES
from stockroom.vocabulary import SignOnWay


@dataclass(eq=False, kw_only=True)
class OnlyAtTablet(Forbidden):
    """A PIN is short: it counts only where a tablet is registered."""

    code: ClassVar[str] = "only_at_tablet"
    message: ClassVar[str] = extracted(
        "A PIN counts only at a registered tablet of the clinic. Scan the badge here, or use the password."
    )


@dataclass(eq=False, kw_only=True)
class SignerMissing(Forbidden):
    """Whoever sends this may not sign it, and nobody else has shown who signs."""

    code: ClassVar[str] = "signer_missing"
    message: ClassVar[str] = extracted(
        "You may not sign this yourself. Let a colleague who may sign it show badge, PIN or password."
    )


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Who signs beside the person who is signed on, and how that was proved."""

    person_uid: str
    way: SignOnWay


def signer(shown: Shown) -> Signer | None:
    """Give who signs beside the person who is signed on; None where nothing is shown.

    Counted and slowed down like a sign-on; nobody is signed on by it.
    Raises what `start` raises, OnlyAtTablet for a PIN elsewhere, and what `proving.prove` raises.
    """
    if not shown.is_anything:
        return None
    if not shown.badge.strip() and not shown.pin:
        return Signer(person_uid=prove(shown.email, shown.password), way=SignOnWay.PASSWORD)
    tablet = tablet_here()
    if tablet is None and not shown.badge.strip():
        raise OnlyAtTablet()
    proof, at = proof_of(shown, tablet=tablet), now()
    accepted = accept_proof(
        installation(),
        AcceptProof(proof=proof),
        actor=log_ins.doorkeeper(),
        key=f"proof-{new_uid(at)}",
        now=at,
    )
    return Signer(person_uid=accepted.person_uid, way=proof.way)


def actor_of_signer(signer: Signer) -> Actor:
    """Give whoever signed this request, in the clinic and at the device of its sender.

    By badge or PIN nobody is more than nurse or practitioner.  Raises NotAtThisBench for who has no role here.
    """
    sender = acting()
    with installation().reading() as connection:
        found = actor_of_person(
            connection, person_uid=signer.person_uid, clinic_uid=sender.clinic_uid, device=sender.device
        )
    if found is None:
        raise NotAtThisBench()
    if signer.way is not SignOnWay.PASSWORD:
        found = replace(found, roles=found.roles & BENCH_ROLES)
    return replace(found, tablet_id=sender.tablet_id)
