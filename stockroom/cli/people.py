"""How do the first clinic, its people and their programs get in?  From the terminal, where nothing has a default."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import click

from stockroom import clock
from stockroom.cli.installation import (
    asked_settings,
    bring_reference_up_to_date,
    new_key,
    on_database,
    opened,
    terminal,
)


@click.group()
def clinic() -> None:
    """Clinics."""


@clinic.command("found")
@click.option("--name", required=True)
@click.option("--time-zone", required=True, metavar="ZONE", help="Such as Europe/Sofia.")
@click.option("--country", required=True, metavar="XX", help="Two letters.")
@click.option("--currency", required=True, metavar="XXX", help="Three letters.")
@click.option("--books-begin-on", type=click.DateTime(["%Y-%m-%d"]), help="Today when not given.")
@on_database
def found(
    name: str,
    time_zone: str,
    country: str,
    currency: str,
    books_begin_on: datetime | None,
    database_url: str | None,
) -> None:
    """Found a clinic with its books."""
    from stockroom.operations.found_clinic import FoundClinic, found_clinic

    at = clock.now()
    begins: date = books_begin_on.date() if books_begin_on else clock.civil_date(at, "UTC")
    command = FoundClinic(
        name=name, time_zone=time_zone, country=country, currency=currency, books_begin_on=begins
    )
    with opened(database_url) as store:
        founded = found_clinic(store, command, actor=terminal(store), key=new_key(at), now=at)
        bring_reference_up_to_date(store)
    click.echo(founded.clinic_uid)


@click.group()
def user() -> None:
    """People who log in."""


@user.command("add")
@click.option("--name", required=True)
@click.option("--profession", required=True)
@click.option("--email", required=True)
@click.option("--clinic", "clinic_name", required=True, help="The clinic's name.")
@click.option("--role", "roles", required=True, multiple=True, help="Once for each role.")
@click.password_option("--password", help="Asked for when not given; from standard input is best.")
@on_database
def add_user(
    name: str,
    profession: str,
    email: str,
    clinic_name: str,
    roles: tuple[str, ...],
    password: str,
    database_url: str | None,
) -> None:
    """Make a person known, with a log-in and roles in a clinic."""
    from stockroom.access.passwords import hash_password, refuse_weak
    from stockroom.operations.employ import Employ, GiveRole, employ, give_role
    from stockroom.vocabulary import Role

    try:
        wanted = [Role(role) for role in roles]
    except ValueError as unknown:
        raise click.BadParameter(f"{unknown}; roles are {', '.join(Role)}", param_hint="--role") from None
    refuse_weak(password, known=(name, email, email.partition("@")[0], clinic_name))
    at = clock.now()
    hashed = hash_password(password, salt=asked_settings(database_url).password_salt)
    with opened(database_url) as store:
        actor = terminal(store, clinic_name)
        command = Employ(name=name, profession=profession, email=email, password_hash=hashed)
        employed = employ(store, command, actor=actor, key=new_key(at), now=at)
        assert employed.user_uid is not None
        for role in wanted:
            given = GiveRole(user_uid=employed.user_uid, role=role)
            give_role(store, given, actor=actor, key=new_key(at), now=at)
    click.echo(f"{email} can log in.")


@user.command("new-password")
@click.option("--email", required=True, help="Whose log-in it is.")
@on_database
def new_password(email: str, database_url: str | None) -> None:
    """Draw a password for somebody who forgot it and print it, this once; it opens the choice of another."""
    from sqlalchemy import select

    from stockroom.access.passwords import drawn_password, hash_password
    from stockroom.models import User
    from stockroom.operations.give_first_password import GiveFirstPassword, give_first_password

    settings, at = asked_settings(database_url), clock.now()
    key = new_key(at)
    drawn = drawn_password(key, secret=settings.secret_key)
    with opened(database_url) as store:
        with store.reading() as connection:
            uid = connection.execute(
                select(User.uid).where(User.email == email.strip().casefold())
            ).scalar_one_or_none()
        if uid is None:
            raise click.BadParameter("no such log-in", param_hint="--email")
        command = GiveFirstPassword(
            user_uid=uid, password_hash=hash_password(drawn, salt=settings.password_salt)
        )
        given = give_first_password(store, command, actor=terminal(store), key=key, now=at)
    click.echo(drawn)
    click.echo(f"It opens until {given.opens_until:%Y-%m-%d %H:%M} UTC, to choose another one.", err=True)


@click.group()
def token() -> None:
    """Bearer tokens for programs."""


@token.command("mint")
@click.option("--email", required=True, help="Whose token it is.")
@click.option("--clinic", "clinic_name", required=True, help="The clinic's name.")
@click.option("--name", required=True, help="What the program is called.")
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True)
@click.option("--action", "actions", multiple=True, help="Limit it to these; all of its owner's otherwise.")
@on_database
def mint(
    email: str, clinic_name: str, name: str, days: int, actions: tuple[str, ...], database_url: str | None
) -> None:
    """Mint a token of a user and print it, this once."""
    from stockroom.access.bearer import draw_token, token_hash
    from stockroom.operations.mint_token import MintToken, mint_token
    from stockroom.reads.actors import actor_of
    from stockroom.vocabulary import Action

    try:
        limited = tuple(Action(action) for action in actions) or None
    except ValueError as unknown:
        raise click.BadParameter(str(unknown), param_hint="--action") from None
    at, drawn = clock.now(), draw_token()
    with opened(database_url) as store:
        system = terminal(store, clinic_name)
        with store.reading() as connection:
            actor = actor_of(
                connection, email=email.casefold(), clinic_uid=system.clinic_uid, device="terminal"
            )
        if actor is None:
            raise click.BadParameter("no such log-in in this clinic", param_hint="--email")
        command = MintToken(
            name=name, token_hash=token_hash(drawn), actions=limited, expires_at=at + timedelta(days=days)
        )
        by = replace(system, user_id=actor.user_id)
        mint_token(store, command, actor=by, key=new_key(at), now=at)
    click.echo(drawn)
