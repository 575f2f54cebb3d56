"""Does this clinic want a second person for an override, and who is the one that agrees?"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, bindparam, select

from stockroom.db.transaction import Signing, Work
from stockroom.errors import ThingNotFound
from stockroom.models import Membership, Person, User
from stockroom.reads.authorised import require_authorised
from stockroom.reads.settings import settings_of
from stockroom.rules.agreeing import NOBODY_ASKED, Agreement, SecondPerson
from stockroom.rules.overriding import Override
from stockroom.rules.permissions import permitted, permitted_at_tablet
from stockroom.vocabulary import Role, Rule, SignatureMeaning, SignOnWay

_PEOPLE = (
    select(Person.id, Person.uid, Person.is_system, User.active, Membership.role)
    .outerjoin(User, User.person_id == Person.id)
    .outerjoin(Membership, and_(Membership.user_id == User.id, Membership.clinic_id == bindparam("clinic")))
    .where(Person.uid.in_(bindparam("uids", expanding=True)))
)


def agreement(work: Work, override: Override | None) -> Agreement:
    """Give what this clinic wants of a second person, and who agrees, as it stands under the lock.

    No statement where nothing is overridden, which is nearly always; else one, and one more for the
    second person.  Raises ThingNotFound for somebody unknown, and as `require_authorised`.
    """
    if override is None or not override.rules:
        return NOBODY_ASKED
    if override.rules - {Rule.CAUTION}:  # whoever may use a thing may answer a caution
        require_authorised(work, "override", answer=override)
    wanted = frozenset(settings_of(work.connection, work.clinic_id).second_person_for)
    by = second_person(work, override.second_person_uid, way=override.second_person_way)
    return Agreement(wanted_for=wanted, by=by)


def second_person(work: Work, uid: str | None, *, way: SignOnWay = SignOnWay.PASSWORD) -> SecondPerson | None:
    """Give this person, who signs the act as checked, as he or she stands here now; None for nobody.

    Raises ThingNotFound for somebody unknown.
    """
    if uid is None:
        return None
    found = second_persons(work, [uid], way=way).get(uid)
    if found is None:
        raise ThingNotFound(thing="person", uid=uid[:40])
    work.signed.append(
        Signing(person_id=found.person_id, person_uid=uid, meaning=SignatureMeaning.CHECKED, way=way)
    )
    return found


def second_persons(
    work: Work, uids: Iterable[str | None], *, way: SignOnWay = SignOnWay.PASSWORD
) -> dict[str, SecondPerson]:
    """Give these people as they stand here now, by uid; one statement, none for nobody.

    Somebody unknown, switched off or without a role in this clinic may do nothing; who proved it by badge
    or PIN may what nurses and practitioners may.
    """
    wanted = {uid for uid in uids if uid is not None}
    if not wanted:
        return {}
    may_do = permitted if way is SignOnWay.PASSWORD else permitted_at_tablet
    rows = work.connection.execute(_PEOPLE, {"uids": sorted(wanted), "clinic": work.clinic_id}).all()
    roles: dict[str, set[Role]] = {uid: set() for uid in wanted}
    for row in rows:
        if row.active and row.role is not None:
            roles[row.uid].add(Role(row.role))
    return {
        row.uid: SecondPerson(
            person_id=row.id,
            uid=row.uid,
            is_another=not row.is_system and row.id != work.actor.person_id,
            actions=may_do(roles[row.uid]),
        )
        for row in rows
    }
