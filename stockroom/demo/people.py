"""Who works in the demo's clinics?  Plainly invented people, five of whom can log in."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from stockroom.demo.keeping import authorise_people, open_boxes
from stockroom.demo.log_ins import LogIn, log_in_of
from stockroom.demo.town import House, Shelf, Town
from stockroom.models import Clinic
from stockroom.operations.add_location import AddLocation, add_location
from stockroom.operations.employ import Employ, GiveRole, employ, give_role
from stockroom.operations.found_clinic import FoundClinic, found_clinic
from stockroom.reads.actors import actor_of, system_actor
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import LocationKind, Role, StorageClass

_CLINICS = (
    ("Demo Clinic Vitosha", "Europe/Sofia", "BG"),
    ("Demo Clinic Rivoli", "Europe/Paris", "FR"),
)
_STAFF = {
    Role.PRACTITIONER: ("Dr Petra Invented", "physician", ("prescribe", "inject", "compound")),
    Role.NURSE: ("Nora Invented", "nurse", ("inject", "compound")),
    Role.MANAGER: ("Mila Invented", "clinic manager", ()),
    Role.AUDITOR: ("August Invented", "auditor", ()),
    Role.ADMINISTRATOR: ("Ada Invented", "administrator", ()),
}
_PLACES = (
    ("Fridge", LocationKind.FRIDGE, StorageClass.REFRIGERATED),
    ("Cupboard", LocationKind.CUPBOARD, StorageClass.ROOM),
    ("Room 1", LocationKind.ROOM, StorageClass.ROOM),
    ("Room 2", LocationKind.ROOM, StorageClass.ROOM),
)


def found_clinics(town: Town, *, begin_on: date, at: datetime, password_hash: str) -> tuple[LogIn, ...]:
    """Found the clinics, employ the five roles (in both clinics the same five), and give the log-ins."""
    user_uids: dict[Role, str] = {}
    person_uids: dict[str, str] = {}
    for role, (name, profession, authorised) in _STAFF.items():
        person = Employ(
            name=name,
            profession=profession,
            authorisations=authorised,
            authorised_from=begin_on,
            email=log_in_of(role).email,
            password_hash=password_hash,
        )
        employed = town.do(employ, person, by=town.system, at=at)
        user_uids[role], person_uids[role.value] = employed.user_uid, employed.person_uid
    for name, zone, country in _CLINICS:
        house = _found(town, name, zone, country, begin_on, at)
        house.person_uids = person_uids
        _admit_staff(town, house, user_uids, at)
        town.houses.append(house)
    authorise_people(town, town.houses[0], begin_on=begin_on, at=at)
    for house in town.houses:
        open_boxes(town, house, at)
    return tuple(log_in_of(role) for role in _STAFF)


def _found(town: Town, name: str, zone: str, country: str, begin_on: date, at: datetime) -> House:
    clinic = FoundClinic(name=name, time_zone=zone, country=country, currency="EUR", books_begin_on=begin_on)
    founded = town.do(found_clinic, clinic, by=town.system, at=at)
    return House(name=name, zone=ZoneInfo(zone), uid=founded.clinic_uid)


def _admit_staff(town: Town, house: House, user_uids: dict[Role, str], at: datetime) -> None:
    with town.store.reading() as connection:
        clinic = one_by_uid(connection, Clinic, house.uid, thing="clinic")
        system = system_actor(connection, device="demo", clinic_id=clinic.id, clinic_uid=house.uid)
    for name, kind, storage in _PLACES:
        place = AddLocation(name=name, kind=kind, storage_class=storage)
        added = town.do(add_location, place, by=system, at=at)
        house.shelves[name] = Shelf(uid=added.location_uid, name=name)
    for role, user_uid in user_uids.items():
        town.do(give_role, GiveRole(user_uid=user_uid, role=role), by=system, at=at)
    with town.store.reading() as connection:
        for role in user_uids:
            email = log_in_of(role).email
            actor = actor_of(connection, email=email, clinic_uid=house.uid, device="demo")
            assert actor is not None, "somebody just given a role holds it"
            house.actors[role.value] = actor
