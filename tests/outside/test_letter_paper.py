"""Does every letter come onto a page of its own, in any letters, however long it is?"""

from __future__ import annotations

import pypdfium2

from stockroom.outside.letter_paper import Letter, letter_paper


def _letter(n: int, *, body: str = "Dear you,\n\nplease call.") -> Letter:
    return Letter(
        to=f"Пациент <{n}>\nul. Invented {n}\n1000 Sofia",
        sender="Clinic Vitosha",
        day="3 Mar 2026",
        subject="About & your treatment",
        body=body,
    )


def _pages(letters: list[Letter]) -> list[str]:
    paper = letter_paper(letters, title="Letters")
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(paper)]


def test_every_letter_has_its_page_with_address_day_and_words() -> None:
    pages = _pages([_letter(1), _letter(2)])

    assert len(pages) == 2
    for n, page in enumerate(pages, start=1):
        for said in (
            f"Пациент <{n}>",
            f"ul. Invented {n}",
            "3 Mar 2026",
            "About & your treatment",
            "please call.",
        ):
            assert said in page


def test_a_long_letter_is_set_smaller_and_stays_on_its_page() -> None:
    long = "\n\n".join(f"Paragraph {n}: " + "many words " * 12 for n in range(29))

    pages = _pages([_letter(1, body=long), _letter(2)])

    assert len(pages) == 2
    assert "Paragraph 0" in pages[0] and "Paragraph 28" in pages[0]


def test_the_same_letters_give_the_same_bytes() -> None:
    assert letter_paper([_letter(1)], title="Letters") == letter_paper([_letter(1)], title="Letters")
