"""Do protocols, recipes and rules name their source texts by titles, and nothing else?"""

from __future__ import annotations

import pytest

from stockroom.web.source_words import show_note, show_sources
from tests.courses import protocol
from tests.serving import Served

LEAFLET = "Mesotherapy is a treatment for various skin problems"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("003", LEAFLET),
        ("002 003", f"B.4.MESOTHERAPY TREATMENT; {LEAFLET}"),
        (("003",), LEAFLET),
        (("003", "our own doctors"), f"{LEAFLET}; our own doctors"),
        ("Room 003 of the course", "Room 003 of the course"),
        ("", ""),
    ],
)
def test_a_key_is_read_as_the_title_and_a_persons_word_stands(
    written: str | tuple[str, ...], said: str
) -> None:
    assert show_sources(written) == said


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("003 gives months.", f"“{LEAFLET}” gives months."),
        ("Body of 003; 0.003 mL and 1003.", f"Body of “{LEAFLET}”; 0.003 mL and 1003."),
        ("No 099 is here.", "No 099 is here."),
    ],
)
def test_a_note_names_the_texts_that_it_speaks_of(served: Served, note: str, said: str) -> None:
    with served.app.test_request_context():
        assert show_note(note) == said


def test_a_protocol_says_its_sources_and_its_note_below_its_facts(served: Served) -> None:
    written = protocol(served.house, sources="003", note="003 gives <b>months</b>.")
    browser, there = served.logged_in(served.clinic.nurse), f"/c/{served.clinic.uid}/protocols"

    assert f">{LEAFLET}</td>" in browser.get(there).text
    page = browser.get(f"{there}/{written.protocol_uid}").text
    assert f"“{LEAFLET}” gives &lt;b&gt;months&lt;/b&gt;." in page
    assert page.index("</dl>") < page.index("gives &lt;b&gt;")
