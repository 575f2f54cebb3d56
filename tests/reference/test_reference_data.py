"""Does the reference data that ships hold what the sources say?"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest

from stockroom.reference import Range, Reference, Span, load
from stockroom.reference.records import Frequency, IngredientUse, Record, Unit

TEXTS = {"000", "001", "002", "003", "004"}

INGREDIENTS_OF_THE_TEXTS = {
    "hyaluronic-acid": {"000", "001", "003"},
    "vitamins-unspecified": {"000", "001", "002", "003"},
    "vitamin-a": {"001"},
    "vitamin-c": {"001"},
    "vitamin-e": {"001"},
    "b-vitamins": {"001"},
    "minerals": {"000", "001"},
    "microelements": {"003"},
    "amino-acids": {"001", "003"},
    "enzymes": {"000", "001", "002"},
    "hormones": {"001", "002"},
    "plant-extracts": {"000", "001", "002", "003"},
    "organic-silica": {"003"},
    "collagen": {"003"},
    "moisturising-agents": {"003"},
    "antioxidants": {"001"},
    "growth-factors": {"001"},
    "peptides": {"001"},
    "vasodilators": {"001"},
    "phosphatidylcholine": {"001"},
    "deoxycholate": {"001"},
    "anti-cellulite-generic": {"001"},
    "depigmenting-agents": {"001"},
    "glutathione": {"001"},
    "tranexamic-acid": {"001"},
    "regeneration-actives": {"001"},
    "exosomes": {"001"},
    "stem-cell-derived": {"001"},
    "topical-anaesthetic": {"000", "001", "002", "003"},
    "otc-analgesic": {"004"},
    "active-drugs": {"004"},
}

AREAS = {
    "face": {"000", "001", "002"},
    "neck": {"000"},
    "arms": {"000", "001", "002"},
    "legs": {"000"},
    "thighs": {"001", "002"},
    "abdomen": {"000", "001", "002"},
    "scalp": {"000", "001"},
    "chin": {"002"},
}

PATTERNS = {
    "hydration-fine-lines": (
        "001",
        {"hyaluronic-acid", "peptides", "vitamin-a", "vitamin-c", "vitamin-e"},
    ),
    "hyperpigmentation": ("001", {"vitamin-c", "glutathione", "tranexamic-acid"}),
    "hair-loss": ("001", {"growth-factors", "b-vitamins", "vasodilators"}),
    "localised-fat": ("001", {"phosphatidylcholine", "deoxycholate"}),
    "product-base": (
        "003",
        {
            "vitamins-unspecified",
            "amino-acids",
            "organic-silica",
            "microelements",
            "hyaluronic-acid",
            "plant-extracts",
        },
    ),
    "generic": (
        "000",
        {"hyaluronic-acid", "vitamins-unspecified", "minerals", "enzymes", "plant-extracts"},
    ),
}

OTHER_TABLES = {
    "indications": "skin-rejuvenation fine-lines-wrinkles sagging dehydration dullness"
    " enlarged-pores hair-loss localised-fat cellulite hyperpigmentation acne-scars scars"
    " stretch-marks lifestyle-damage chronic-redness advanced-photoageing",
    "techniques": "manual-injection intradermal-micro-injection nappage point-by-point"
    " derma-rolling spot-marks grid-marks mesogun-injection microneedling electroporation"
    " energy-micro-channels",
    "devices": "syringe very-fine-needle single-needle microneedling-head derma-roller mesogun"
    " automated-injector electroporation-device fractional-radiofrequency-device"
    " ultrasound-device numbing-cream",
    "contraindications": "ingredient-allergy pregnancy breastfeeding skin-inflammation herpes"
    " poor-tolerance skin-cancer anticoagulants",
    "before_session": "consultation skin-examination stop-blood-thinners no-alcohol clean-area numb-area",
    "aftercare": "massage no-makeup-or-creams sun-protection no-vigorous-exercise"
    " gentle-skin-care drink-water report-unusual-effects otc-analgesic-if-sore recovery-days",
    "side_effects": "redness swelling bruising pain itching bumps injection-marks discolouration"
    " infection allergic-reaction uneven-result",
}

WEEKS_3_TO_4 = Span(lowest=3, highest=4, unit=Unit.WEEKS)
WEEKS_2_TO_4 = Span(lowest=2, highest=4, unit=Unit.WEEKS)
MONTHS_1_TO_6 = Span(lowest=1, highest=6, unit=Unit.MONTHS)
MONTHS_2_TO_6 = Span(lowest=2, highest=6, unit=Unit.MONTHS)

PROTOCOLS = {
    "rejuvenation-short-course": (Range(lowest=3, highest=6), WEEKS_3_TO_4, None),
    "individual-series": (None, WEEKS_2_TO_4, None),
    "four-to-six": (Range(lowest=4, highest=6), WEEKS_3_TO_4, None),
    "follow-up-series": (None, None, None),
    "intensive-therapy": (Range(lowest=1, highest=10), MONTHS_1_TO_6, MONTHS_2_TO_6),
    "skin-regeneration": (Range(lowest=1, highest=5), MONTHS_1_TO_6, MONTHS_2_TO_6),
    "repeated-sessions": (None, None, None),
}


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


def records(reference: Reference) -> Iterator[Record]:
    for name, table in vars(reference).items():
        if name != "sources":
            yield from table


def spans(reference: Reference) -> Iterator[Range | Span]:
    for record in records(reference):
        yield from (v for v in vars(record).values() if isinstance(v, (Range, Span)))


def test_every_row_has_a_source_that_exists_and_every_source_is_used(reference: Reference) -> None:
    known = {source.key for source in reference.sources}
    used = {key for record in records(reference) for key in record.sources}

    assert all(record.sources for record in records(reference))
    assert used == known


def test_sources_are_the_five_texts_and_public_pages(reference: Reference) -> None:
    keys = [source.key for source in reference.sources]

    assert set(keys[:5]) == TEXTS
    assert keys[5:] and all(key.startswith(("http://", "https://")) for key in keys[5:])


def test_no_table_is_empty(reference: Reference) -> None:
    assert [name for name, table in vars(reference).items() if not table] == []


@pytest.mark.parametrize("slug", INGREDIENTS_OF_THE_TEXTS)
def test_ingredient_of_the_texts_names_the_texts_that_name_it(reference: Reference, slug: str) -> None:
    ingredient = {row.slug: row for row in reference.ingredients}[slug]

    assert set(ingredient.sources) & TEXTS == INGREDIENTS_OF_THE_TEXTS[slug]


def test_extra_ingredients_have_only_public_pages_as_sources(reference: Reference) -> None:
    extra = [row for row in reference.ingredients if row.slug not in INGREDIENTS_OF_THE_TEXTS]

    assert extra
    assert [row.slug for row in extra if set(row.sources) & TEXTS] == []


def test_only_an_ingredient_that_a_source_names_as_allergen_is_flagged(
    reference: Reference,
) -> None:
    assert [row.slug for row in reference.ingredients if row.is_allergen] == ["hyaluronidase"]


def test_what_is_not_injected_is_told_apart(reference: Reference) -> None:
    other = {row.slug: row.use for row in reference.ingredients if row.use != "injected"}

    assert other == {
        "topical-anaesthetic": IngredientUse.TOPICAL,
        "otc-analgesic": IngredientUse.ORAL,
        "exosomes": IngredientUse.UNDER_RESEARCH,
        "stem-cell-derived": IngredientUse.UNDER_RESEARCH,
    }


def test_areas_are_those_of_the_texts(reference: Reference) -> None:
    assert {row.slug: set(row.sources) for row in reference.areas} == AREAS


@pytest.mark.parametrize("slug", PATTERNS)
def test_cocktail_pattern_of_a_text_has_its_components(reference: Reference, slug: str) -> None:
    source, components = PATTERNS[slug]
    pattern = {row.slug: row for row in reference.cocktail_patterns}[slug]

    assert (pattern.sources, set(pattern.components)) == ((source,), components)


def test_patterns_and_protocols_name_known_slugs(reference: Reference) -> None:
    ingredients = {row.slug for row in reference.ingredients}
    indications = {row.slug for row in reference.indications}

    for pattern in reference.cocktail_patterns:
        assert pattern.components and set(pattern.components) <= ingredients
        assert set(pattern.indications) <= indications
    for protocol in reference.protocols:
        assert set(protocol.indications) <= indications


def test_what_must_not_be_mixed_is_written_down_with_its_source(reference: Reference) -> None:
    told = {frozenset(row.ingredients) for row in reference.incompatibilities}
    ingredients = {row.slug for row in reference.ingredients}

    assert {
        frozenset({"phosphatidylcholine", "lidocaine"}),
        frozenset({"hyaluronidase", "sodium-metabisulfite"}),
        frozenset({"hyaluronidase", "benzodiazepines"}),
    } <= told
    assert all(len(pair) >= 2 and pair <= ingredients for pair in told)
    assert all(row.description for row in reference.incompatibilities)


def test_no_pattern_mixes_what_must_not_be_mixed(reference: Reference) -> None:
    forbidden = [set(row.ingredients) for row in reference.incompatibilities]

    assert not [
        pattern.slug
        for pattern in reference.cocktail_patterns
        if any(pair <= set(pattern.components) for pair in forbidden)
    ]


@pytest.mark.parametrize("table", OTHER_TABLES)
def test_table_has_every_fact_of_the_texts(reference: Reference, table: str) -> None:
    slugs = {row.slug for row in getattr(reference, table)}

    assert set(OTHER_TABLES[table].split()) - slugs == set()


def test_protocols_have_the_numbers_of_the_texts(reference: Reference) -> None:
    told = {row.slug: (row.sessions, row.interval, row.maintenance_interval) for row in reference.protocols}

    assert told == PROTOCOLS


def test_every_protocol_with_an_interval_notes_that_the_texts_disagree(
    reference: Reference,
) -> None:
    for row in reference.protocols:
        if row.interval is not None:
            other = "months" if row.interval.unit is Unit.WEEKS else "weeks"
            assert other in row.note, row.slug


def test_every_range_goes_from_low_to_high(reference: Reference) -> None:
    found = list(spans(reference))

    assert found
    assert all(s.lowest >= 1 and (s.highest is None or s.lowest <= s.highest) for s in found)


def test_instructions_with_a_time_carry_it(reference: Reference) -> None:
    rows = (*reference.before_session, *reference.aftercare)

    assert {row.slug: row.duration for row in rows if row.duration} == {
        "stop-blood-thinners": Span(lowest=1, highest=None, unit=Unit.WEEKS),
        "no-alcohol": Span(lowest=24, highest=48, unit=Unit.HOURS),
        "no-makeup-or-creams": Span(lowest=24, highest=24, unit=Unit.HOURS),
        "recovery-days": Span(lowest=2, highest=3, unit=Unit.DAYS),
    }


def test_side_effects_carry_frequency_and_time(reference: Reference) -> None:
    told = {row.slug: (row.frequency, row.duration) for row in reference.side_effects}

    assert told["injection-marks"] == (
        Frequency.NOT_STATED,
        Span(lowest=6, highest=72, unit=Unit.HOURS),
    )
    assert told["itching"] == (Frequency.COMMON, Span(lowest=1, highest=2, unit=Unit.DAYS))
    assert told["allergic-reaction"] == (Frequency.RARE, None)


def test_every_data_file_ends_its_lines_the_same_way_and_none_is_left_unread() -> None:
    data = {f.name: f.read_bytes() for f in files("stockroom.reference").iterdir() if f.is_file()}
    tables = {name for name in data if name.endswith(".csv")}

    assert tables == {f"{name}.csv" for name in Reference.__dataclass_fields__}
    assert [name for name in tables if b"\r" in data[name] or not data[name].endswith(b"\n")] == []
