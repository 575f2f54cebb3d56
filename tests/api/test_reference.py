"""Ingredients and reference data over the API."""

from __future__ import annotations

import pytest

from stockroom.api.reference import KINDS
from tests.api.asking import Asking, refused
from tests.serving import Served


def test_ingredients_are_listed_with_where_they_are_written(served: Served) -> None:
    rows = Asking(served, served.clinic.nurse).items("ingredients", limit=200)

    assert len(rows) > 20
    assert {"uid", "slug", "name", "ingredient_class", "sources"} == set(rows[0])
    assert all(row["sources"] for row in rows)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_reference_data_is_shown(served: Served, kind: str) -> None:
    shown = Asking(served, served.clinic.nurse).get(f"reference/{kind}").get_json()

    assert shown["kind"] == kind
    assert shown["items"]
    assert [row["name"] for row in shown["items"]] == sorted(row["name"] for row in shown["items"])
    assert not {"slug", "name", "sources"} & set(shown["items"][0]["detail"])


def test_an_unknown_kind_is_not_found(served: Served) -> None:
    refused(Asking(served, served.clinic.nurse).get("reference/spells"), 404, "thing_not_found")
