"""Is every word on a screen one that can be translated?"""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract
from jinja2 import Environment, nodes

ROOT = Path(__file__).parents[2] / "stockroom"
TEMPLATES = sorted((ROOT / "web" / "templates").rglob("*.html"))
_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_SAID = re.compile(r'\b(?:placeholder|title|aria-label|alt)="([^"{]+)"')
_WORD = re.compile(r"[^\W\d_]{2,}")
_OF_NO_LANGUAGE = {"API", "CSV", "JSON", "PDF", "nbsp", "amp", "lt", "gt", "Stockroom", "middot", "use"}
_CLASSES = {"body_class", "main_class"}
"""Blocks that hold names of style classes, no words."""
KEYWORDS: dict[str, object] = {
    "_": None, "gettext": None, "lazy_gettext": None, "extracted": None, "_W": None, "ngettext": (1, 2),
}  # fmt: skip


def _bare_words(path: Path) -> list[str]:
    """Words that stand in a template outside every translating call."""
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    tree = environment.parse(path.read_text(encoding="utf-8"))
    for block in tree.find_all(nodes.Block):
        if block.name in _CLASSES:
            block.body = []
    text = "\x00".join(node.data for node in tree.find_all(nodes.TemplateData))
    said = " ".join(_SAID.findall(text))
    shown = _TAG.sub(" ", text.replace("\x00", ""))
    return [word for word in _WORD.findall(f"{shown} {said}") if word not in _OF_NO_LANGUAGE]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_says_nothing_that_cannot_be_translated(path: Path) -> None:
    assert _bare_words(path) == []


def test_the_words_of_errors_and_screens_are_found_by_the_extraction() -> None:
    found: set[str] = set()
    for path in ROOT.rglob("*.py"):
        source = io.BytesIO(path.read_bytes())
        found |= {str(message) for _, message, _, _ in extract("python", source, keywords=KEYWORDS)}
    for path in TEMPLATES:
        source = io.BytesIO(path.read_bytes())
        found |= {str(message) for _, message, _, _ in extract("jinja2", source, keywords=KEYWORDS)}

    assert "Trace" in found, "a word of the menu"
    assert "Where everything went that came in, computed from the ledger to the last unit." in found, (
        "a word of a template"
    )
    assert any("expired on {expired}" in message for message in found), "the message of an error"
    assert len(found) > 800
