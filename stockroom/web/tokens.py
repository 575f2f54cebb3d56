"""Tokens on the screen: minting one, which is shown once, and revoking one."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation, present
from stockroom.access.bearer import draw_token, token_hash
from stockroom.db.identifiers import new_uid
from stockroom.errors import InvalidValue, StockroomError
from stockroom.http.problems import status_of
from stockroom.operations.mint_token import LIFE_MAX, MintToken, mint_token
from stockroom.operations.revoke_token import RevokeToken, revoke_token
from stockroom.queries.tokens import tokens_of
from stockroom.rules.permissions import permitted
from stockroom.vocabulary import Action

blp = Blueprint("tokens_page", __name__, url_prefix="/c/<clinic_uid>/tokens")
DAYS_USUAL = 90


@blp.get("")
def own(clinic_uid: str) -> ResponseReturnValue:
    """One's tokens in this clinic."""
    return _page()


@blp.post("")
def mint(clinic_uid: str) -> ResponseReturnValue:
    """Mint a token and show it, this once."""
    at, token = present(), draw_token()
    try:
        command = MintToken(
            name=request.form.get("name", "").strip(),
            token_hash=token_hash(token),
            actions=_asked_actions(),
            expires_at=at + timedelta(days=_asked_days()),
        )
        mint_token(installation(), command, actor=acting(), key=f"mint-{new_uid(at)}", now=at)
    except StockroomError as refused:
        return _page(refused=str(refused)), status_of(refused)
    return _page(minted=token)


@blp.post("/<token_uid>/revocation")
def revoke(clinic_uid: str, token_uid: str) -> ResponseReturnValue:
    """Revoke a token at once."""
    at = present()
    revoke_token(
        installation(), RevokeToken(token_uid=token_uid), actor=acting(), key=f"revoke-{new_uid(at)}", now=at
    )
    return redirect(url_for("tokens_page.own", clinic_uid=clinic_uid), code=303)


def _asked_actions() -> tuple[Action, ...] | None:
    """What was ticked; nothing ticked is whatever the owner may do."""
    try:
        return tuple(Action(word) for word in request.form.getlist("actions")) or None
    except ValueError:
        raise InvalidValue(field="actions", problem="there is no such thing to do") from None


def _asked_days() -> int:
    text = request.form.get("days", "")
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:4]) <= LIFE_MAX.days and len(text) < 4):
        raise InvalidValue(field="days", problem=f"a number from 1 to {LIFE_MAX.days}")
    return int(text)


def _page(*, minted: str | None = None, refused: str | None = None) -> str:
    actor = acting()
    with installation().reading() as connection:
        tokens = tokens_of(connection, actor.clinic_id, user_id=actor.user_id, limit=200).items
    return render_template(
        "tokens.html",
        tokens=tokens,
        at=present(),
        minted=minted,
        refused=refused,
        actions=sorted(permitted(actor.roles)),
        days=DAYS_USUAL,
        days_max=LIFE_MAX.days,
    )
