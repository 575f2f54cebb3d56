"""Are words taken from a language's catalogue, and English where there is none?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from stockroom.outside import catalogues


def test_words_are_those_of_the_catalogue_and_english_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bg" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = Catalog(locale="bg")
    catalogue.add("since %(when)s", "от %(when)s")
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path)
    catalogues.words_in.cache_clear()

    said = {language: catalogues.words_in(language).gettext("since %(when)s") for language in ("bg", "en")}

    catalogues.words_in.cache_clear()
    assert said == {"bg": "от %(when)s", "en": "since %(when)s"}


def test_days_and_instants_are_written_as_the_language_does_by_the_clinics_wall() -> None:
    at = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)

    assert catalogues.day_in("en", date(2026, 3, 2)) == "2 Mar 2026"
    assert catalogues.wall_in("en", at, "Europe/Sofia") == "3 Mar 2026 01:30"
    assert "март" in catalogues.day_in("bg", date(2026, 3, 2)) or "03" in catalogues.day_in(
        "bg", date(2026, 3, 2)
    )
