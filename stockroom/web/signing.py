"""As whom is a form recorded to which somebody else put the signature?"""

from __future__ import annotations

from dataclasses import replace

from flask import g

from stockroom.access.acting import acting, installation
from stockroom.access.countersigning import Signer
from stockroom.actor import Actor
from stockroom.operations.sign_on import NotAtThisBench
from stockroom.reads.actors import actor_of_person
from stockroom.rules.permissions import BENCH_ROLES
from stockroom.vocabulary import SignOnWay


def own_way() -> SignOnWay:
    """How the sender of this request proved who it is, when he or she logged in or signed on."""
    return SignOnWay(g.get("sign_on_way") or SignOnWay.PASSWORD)


def actor_of_signer(signer: Signer) -> Actor:
    """Give whoever signed this form, in the clinic and at the device of its sender.

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
