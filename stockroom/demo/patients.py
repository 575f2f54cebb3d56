"""Who comes to the demo's clinics?  Plainly invented patients, nearly all of them asked about allergies."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from stockroom.demo.town import House, Town
from stockroom.operations.ask_allergies import AskAllergies, ask_allergies
from stockroom.operations.flag_patient import NoteFlag, note_flag
from stockroom.operations.maintain_patient import RegisterPatient, register_patient

_FIRST = (
    "Alba Bora Cleo Dima Elza Fani Gala Hana Iris Juna Kaya Lina Mara Nela Olga Pina Rada Sana Tina Una "
    "Vera Willa Xena Yana Zora Anton Boris Cyril Denis Emil Filip Goran Hugo Ivan Jan Karel Leon Milan Niko"
)
_LAST = "Example Sample Specimen Fictive Invented Imaginary Pretend Placeholder Mockup"
_RETURNS_OF_TEN = 5
"""Of ten new courses, how many are of patients who were here before."""
_RARE_ALLERGIES = ("procaine", "retinoic-acid", "glycolic-acid", "collagenase")
"""Allergies of the demo's patients: to what its treatments do not contain."""


class Patients:
    """The patients of each clinic, registered as they come."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._known: dict[str, list[str]] = {house.uid: [] for house in town.houses}
        names = [f"{first} {last}" for last in _LAST.split() for first in _FIRST.split()]
        town.random.shuffle(names)
        self._names = iter(names)

    def for_new_course(self, house: House, at: datetime) -> str:
        """Give a patient who begins a course: one of the clinic's own, or a new one while names last."""
        known = self._known[house.uid]
        name = None
        if not known or self._town.random.randrange(10) >= _RETURNS_OF_TEN:
            name = next(self._names, None)
        if name is None:
            return self._town.random.choice(known)
        known.append(self._register(house, name, at))
        return known[-1]

    def somebody_new(self, house: House, at: datetime) -> str:
        """Give a patient whom nobody has asked about allergies yet."""
        return self._register(house, next(self._names, "Nobody Example"), at, is_asked=False)

    def with_caution(self, house: House, at: datetime) -> str:
        """Give a patient who takes anticoagulants: what is injected is asked about."""
        uid = self._register(house, next(self._names, "Nobody Example"), at)
        self._flag(house, uid, "anticoagulants", at)
        return uid

    def with_stop(self, house: House, at: datetime) -> str:
        """Give a patient who bears no humectant, and has herpes: nothing of a usual treatment suits her."""
        uid = self._register(house, next(self._names, "Nobody Example"), at, is_asked=False)
        asked = AskAllergies(patient_uid=uid, ingredient_uids=(), classes=("humectant",))
        self._town.do(ask_allergies, asked, by=house.actors["nurse"], at=at)
        self._flag(house, uid, "herpes", at)
        return uid

    def _flag(self, house: House, uid: str, flag: str, at: datetime) -> None:
        begun = at.astimezone(house.zone).date() - timedelta(days=20)
        noted = NoteFlag(patient_uid=uid, flag=flag, from_on=begun)
        self._town.do(note_flag, noted, by=house.actors["nurse"], at=at)

    def _register(self, house: House, name: str, at: datetime, *, is_asked: bool = True) -> str:
        town = self._town
        born_on = date(1950, 1, 1) + timedelta(days=town.random.randrange(20_000))
        person = RegisterPatient(name=name, born_on=born_on, contact="demo@patients.example")
        uid: str = town.do(register_patient, person, by=house.actors["nurse"], at=at).patient_uid
        if is_asked:
            allergic = town.random.randrange(12) == 0
            slugs = (town.random.choice(_RARE_ALLERGIES),) if allergic else ()
            asked = AskAllergies(
                patient_uid=uid, ingredient_uids=tuple(town.ingredient_uids[slug] for slug in slugs)
            )
            town.do(ask_allergies, asked, by=house.actors["nurse"], at=at)
        return uid
