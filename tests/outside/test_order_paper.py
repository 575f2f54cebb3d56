"""Does an order come onto paper whole, in any letters, however long it is?"""

from __future__ import annotations

from typing import Any

import pypdfium2

from stockroom.outside.order_paper import OrderedLine, OrderWords, order_paper

WORDS = OrderWords(
    title="Order",
    facts=(("From", "Клиника Витоша"), ("To", "Demo & Sons <Ltd>\nSofia")),
    heads=("Your code", "Product", "Packs", "In a pack", "Price", "Together"),
    total_word="All together",
    totals=("€250.00",),
    below="",
)


def line(n: int, **said: Any) -> OrderedLine:
    usual = {"code": f"S-{n}", "product": f"Product {n}, vial", "packs": "2", "in_pack": "10"}
    return OrderedLine(**{**usual, "price": "€125.00", "together": "€250.00", **said})


def text_of(paper: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(paper)]


def test_codes_packs_and_sums_stand_on_it_in_any_letters() -> None:
    (page,) = text_of(order_paper(WORDS, [line(1, product="Филър <b>"), line(2)]))

    for said in ("Клиника Витоша", "Demo & Sons <Ltd>", "S-1", "Филър <b>", "S-2", "€250.00", "All together"):
        assert said in page


def test_a_long_order_goes_on_with_its_heads_and_the_same_lines_give_the_same_bytes() -> None:
    lines = [line(n) for n in range(120)]

    paper = order_paper(WORDS, lines)
    pages = text_of(paper)

    assert len(pages) > 2 and all("Your code" in page for page in pages[:2])
    assert "S-119" in pages[-1]
    assert paper == order_paper(WORDS, lines)
