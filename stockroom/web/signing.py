"""How did the sender of this form prove who it is?"""

from __future__ import annotations

from flask import g

from stockroom.vocabulary import SignOnWay


def own_way() -> SignOnWay:
    """How the sender of this request proved who it is, when he or she logged in or signed on."""
    return SignOnWay(g.get("sign_on_way") or SignOnWay.PASSWORD)
