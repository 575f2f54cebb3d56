"""Tokens on the screen: minting one, which is shown once, and revoking one."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from wtforms import IntegerField, PasswordField, StringField
from wtforms.validators import DataRequired, Length, NumberRange

from stockroom.access.acting import acting, installation, present
from stockroom.access.bearer import draw_token, token_hash
from stockroom.access.proving import NotProven, prove
from stockroom.errors import InvalidValue
from stockroom.operations.mint_token import LIFE_MAX, NAME_LENGTH_MAX, MintToken, TokenMinted, mint_token
from stockroom.operations.revoke_token import RevokeToken, revoke_token
from stockroom.queries.tokens import tokens_of
from stockroom.rules.permissions import permitted
from stockroom.vocabulary import Action
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("tokens_page", __name__, url_prefix="/c/<clinic_uid>/tokens")
DAYS_USUAL = 90


class TokenForm(KeyedForm):
    """A token that is asked for; what it may do are boxes that are ticked.

    It outlives the log-in, so that the password is asked for again: who finds an open screen mints none.
    """

    name = StringField(
        lazy_gettext("Name of the program"),
        validators=[DataRequired(lazy_gettext("A token has a name.")), Length(max=NAME_LENGTH_MAX)],
    )
    days = IntegerField(
        lazy_gettext("Days until it runs out"),
        default=DAYS_USUAL,
        validators=[
            NumberRange(
                min=1,
                max=LIFE_MAX.days,
                message=lazy_gettext("A number from 1 to %(max)s.", max=LIFE_MAX.days),
            )
        ],
    )
    password = PasswordField(lazy_gettext("Your password"))


@blp.get("")
def own(clinic_uid: str) -> ResponseReturnValue:
    """One's tokens in this clinic."""
    return _page(TokenForm())


@blp.post("")
def mint(clinic_uid: str) -> ResponseReturnValue:
    """Mint a token and show it, this once: the form sent again mints none (its key names the first one)."""
    form, token = TokenForm(), draw_token()
    done = send(form, lambda: _minted(form, token))
    if isinstance(done, Refusal):
        return _page(form, refusal=done), done.status
    return _page(TokenForm(formdata=None), minted=token)


def _minted(form: TokenForm, token: str) -> TokenMinted:
    actions, at = _asked_actions(), present()
    try:
        prove(current_user.email, form.password.data or "")
    except NotProven:
        raise InvalidValue(field="password", problem=gettext("this is not your password")) from None
    command = MintToken(
        name=(form.name.data or "").strip(),
        token_hash=token_hash(token),
        actions=actions,
        expires_at=at + timedelta(days=form.days.data or 0),
    )
    return mint_token(installation(), command, actor=acting(), key=form.key.data or "", now=at)


@blp.post("/<token_uid>/revocation")
def revoke(clinic_uid: str, token_uid: str) -> ResponseReturnValue:
    """Revoke a token at once."""
    form, command = KeyedForm(), RevokeToken(token_uid=token_uid)
    done = send(
        form,
        lambda: revoke_token(installation(), command, actor=acting(), key=form.key.data or "", now=present()),
    )
    if isinstance(done, Refusal):
        return _page(TokenForm(formdata=None), refusal=done), done.status
    say(gettext("Revoked: the program that has it is turned away from now on."))
    return redirect(url_for("tokens_page.own", clinic_uid=clinic_uid), code=303)


def _asked_actions() -> tuple[Action, ...] | None:
    """What was ticked; nothing ticked is whatever the owner may do."""
    try:
        return tuple(Action(word) for word in request.form.getlist("actions")) or None
    except ValueError:
        raise InvalidValue(field="actions", problem=gettext("there is no such thing to do")) from None


def _page(form: TokenForm, *, minted: str | None = None, refusal: Refusal | None = None) -> str:
    actor = acting()
    with installation().reading() as connection:
        tokens = tokens_of(connection, actor.clinic_id, user_id=actor.user_id, limit=200).items
    return render_template(
        "tokens.html",
        tokens=tokens,
        at=present(),
        minted=minted,
        form=form,
        revocation=KeyedForm(formdata=None),
        refusal=refusal,
        actions=sorted(permitted(actor.roles)),
        ticked=request.form.getlist("actions") if minted is None else [],
        days_max=LIFE_MAX.days,
    )
