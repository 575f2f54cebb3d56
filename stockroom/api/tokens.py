"""Tokens: one's own in this clinic, and revoking one.  Minting asks for a log-in: no token mints another."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import Instant, Uid
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.revoke_token import RevokeToken, TokenRevoked, revoke_token
from stockroom.queries.paging import Page
from stockroom.queries.tokens import TokenRow, tokens_of

blp = ResourceBlueprint("tokens", __name__, description="Your own bearer tokens in this clinic")


class TokenSchema(Schema):
    uid = Uid(required=True)
    name = fields.String(required=True)
    actions = fields.List(fields.String(), required=True, allow_none=True)
    created_at = Instant(required=True)
    expires_at = Instant(required=True)
    revoked_at = Instant(required=True, allow_none=True)


class TokenRevokedSchema(Schema):
    token_uid = Uid(required=True)


@blp.route("")
class Tokens(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(TokenSchema, "TokenPage"))
    def get(self, args: dict[str, Any]) -> Page[TokenRow]:
        """Your tokens in this clinic, oldest first"""
        actor = acting()
        with installation().reading() as connection:
            return tokens_of(
                connection,
                actor.clinic_id,
                user_id=actor.user_id,
                after=args["cursor"],
                limit=args["limit"],
            )


@blp.route("/<uid>/revocation")
class TokenRevocation(MethodView):
    @blp.response(201, TokenRevokedSchema)
    def post(self, uid: str) -> TokenRevoked:
        """Revoke a token at once"""
        revoked: TokenRevoked = act(revoke_token, RevokeToken(token_uid=uid))
        return revoked
