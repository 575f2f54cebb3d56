"""In which clinic is this page, and in which others does its reader work?  Read once a request."""

from __future__ import annotations

from flask import g
from flask_login import current_user

from stockroom.access.acting import installation
from stockroom.access.tablets import tablet_here
from stockroom.queries.clinics import ClinicRow, clinics_of


def own_clinics() -> tuple[ClinicRow, ...]:
    """The clinics in which the reader of this page holds a role; at a tablet its clinic alone."""
    if "own_clinics" not in g:
        with installation().reading() as connection:
            found = clinics_of(connection, current_user.id, limit=200).items
        tablet = tablet_here()
        g.own_clinics = tuple(each for each in found if tablet is None or each.uid == tablet.clinic_uid)
    clinics: tuple[ClinicRow, ...] = g.own_clinics
    return clinics


def clinic_here() -> ClinicRow | None:
    """The clinic of this page; None on a page of no clinic, and for a program that opens a page with its token."""
    actor = g.get("actor")
    if actor is None or not current_user.is_authenticated:
        return None
    return next((clinic for clinic in own_clinics() if clinic.uid == actor.clinic_uid), None)
