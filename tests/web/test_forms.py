"""Is a form that writes done at most once, even where its one-time key got lost?"""

from __future__ import annotations

from stockroom.models import Delivery, Supplier
from tests.serving import Served
from tests.web.sending import hidden_of, post


def _count(served: Served, model: type) -> int:
    with served.store.reading() as connection:
        return len(connection.execute(model.__table__.select()).all())  # type: ignore[attr-defined]


def test_a_form_without_its_key_is_refused_and_comes_back_with_one(served: Served) -> None:
    manager = served.logged_in(served.clinic.manager)
    page = f"/c/{served.clinic.uid}/receive"
    hidden = hidden_of(manager, page, action=page)
    before = _count(served, Delivery)

    for lost in ({}, {"key": ""}):
        answer = post(manager, page, {"csrf_token": hidden["csrf_token"], **lost})
        assert answer.status_code == 400
        assert "came without its number" in answer.text
        assert 'name="key" value="' in answer.text and 'name="key" value=""' not in answer.text

    assert _count(served, Delivery) == before


def test_what_was_typed_stays_in_a_form_without_its_key(served: Served) -> None:
    manager = served.logged_in(served.clinic.manager)
    page = f"/c/{served.clinic.uid}/suppliers"
    hidden = hidden_of(manager, page)
    before = _count(served, Supplier)

    answer = post(manager, page, {"csrf_token": hidden["csrf_token"], "name": "Plainly <b> Ltd"})

    assert answer.status_code == 400 and 'value="Plainly &lt;b&gt; Ltd"' in answer.text
    assert _count(served, Supplier) == before
