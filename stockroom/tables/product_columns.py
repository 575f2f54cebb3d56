"""Which columns does the table of products have?"""

from __future__ import annotations

from stockroom.tables.columns import Column, explained

PRODUCT_COLUMNS: tuple[Column, ...] = (
    Column(
        name="manufacturer",
        says=explained("Who makes it. One that is not known yet is added."),
        example="Demo Laboratories",
        is_needed=True,
    ),
    Column(
        name="name",
        says=explained("The brand name, without strength and content."),
        example="Demo Filler",
        is_needed=True,
    ),
    Column(name="strength", says=explained("As printed, or empty."), example="20 mg/mL", is_text=True),
    Column(
        name="presentation",
        says=explained("Vial, ampoule, syringe, tube, needle … as people say it."),
        example="vial",
        is_needed=True,
    ),
    Column(
        name="content",
        says=explained(
            "What one vial, ampoule or piece holds, with its unit: 2,5 mL, 50 mg, 100 IU or 1 piece. It can "
            "not be changed once there is stock."
        ),
        example="2,5 mL",
        is_needed=True,
        is_text=True,
    ),
    Column(
        name="graduation",
        says=explained("The finest step in which it is drawn, with its unit; empty: any."),
        example="0,1 mL",
        is_text=True,
    ),
    Column(name="group", says=explained("The group of equivalents that it belongs to, if any.")),
    Column(
        name="container type",
        says=explained(
            "single dose, multi dose, pharmacy bulk, multi use topical, counted use or none; empty: not known."
        ),
        example="single dose",
    ),
    Column(
        name="storage",
        says=explained("room, refrigerated or frozen; empty: not known."),
        example="refrigerated",
    ),
    Column(
        name="regulatory class",
        says=explained(
            "medicine, device, annex xvi device, cosmetic, compounded or consumable; empty: not known."
        ),
        example="device",
    ),
    Column(
        name="authorised in",
        says=explained("Countries in two letters with spaces between, or * where none is needed."),
        example="*",
    ),
    Column(
        name="in use hours room",
        says=explained("How many hours it may be used once it is open, at room temperature."),
        example="24",
    ),
    Column(
        name="in use hours refrigerated",
        says=explained("How many hours it may be used once it is open, in the fridge."),
        example="72",
    ),
    Column(name="in use source", says=explained("Where that is written."), example="leaflet, section 6.3"),
    Column(
        name="ingredients",
        says=explained(
            "Each by its name in the reference list, with = and its amount where it is printed, and ; between: "
            "hyaluronic-acid=20 mg/mL; lidocaine=3 mg/mL. Write none where it has none; empty: not known."
        ),
        example="hyaluronic-acid=20 mg/mL",
    ),
    Column(
        name="excipients",
        says=explained("What else is in it, written as the ingredients are; allergies are checked against both."),
        example="sodium-metabisulfite=1 mg/mL",
    ),
    Column(
        name="drawn from at most",
        says=explained("How often it may be drawn from once it is open; empty: as often as one likes."),
    ),
    Column(
        name="overfill",
        says=explained("How much more than its label says it may hold, with its unit."),
        example="0,2 mL",
        is_text=True,
    ),
    Column(
        name="stays behind",
        says=explained("How much usually stays in it when it is empty (dead space), with its unit."),
        example="0,1 mL",
        is_text=True,
    ),
    Column(name="single use", says=explained("yes: its maker says that it serves once."), example="yes"),
    Column(name="needle gauge", says=explained("Of a needle: 30 for 30G."), example="30"),
    Column(name="needle length mm", says=explained("Of a needle, in millimetres."), example="4", is_text=True),
    Column(name="pins", says=explained("Of a head or a cartridge: how many needles it has."), example="12"),
    Column(name="waste stream", says=explained("How it is thrown away, such as yellow."), example="yellow"),
    Column(name="lot", says=explained("Must a pack carry a lot number: required, optional or none."), example="required"),
    Column(name="expiry", says=explained("Must a pack carry an expiry: required, optional or none."), example="required"),
    Column(name="serial", says=explained("Must a pack carry a serial: required, optional or none."), example="none"),
    Column(
        name="confirmed",
        says=explained(
            "yes: whoever imports has compared all of this with the pack and confirms it, as on the product's "
            "page. Empty: somebody confirms it there."
        ),
        example="no",
    ),
    Column(
        name="gtin",
        says=explained("The code on one vial, ampoule or piece. A further code: a further line."),
        example="09520000000004",
        is_text=True,
    ),
    Column(name="box gtin", says=explained("The code on the box."), example="09520000000011", is_text=True),
    Column(name="box holds", says=explained("How many vials, ampoules or pieces a box holds."), example="10"),
    Column(name="case gtin", says=explained("The code on the case."), is_text=True),
    Column(name="case holds", says=explained("How many vials, ampoules or pieces a case holds.")),
    Column(
        name="other code",
        says=explained("A code of another scheme on one vial, ampoule or piece, or a number of your own."),
        is_text=True,
    ),
    Column(name="other scheme", says=explained("hibc, ppn or own: what the other code is.")),
    Column(
        name="supplier",
        says=explained("Who sells it. A further supplier: a further line with the same product."),
        example="Demo Supply North",
    ),
    Column(
        name="item code",
        says=explained("The supplier's own number, as in its catalogue."),
        example="DF-25",
        is_text=True,
    ),
    Column(
        name="supplier pack",
        says=explained("How many vials, ampoules or pieces one orderable pack holds."),
        example="10",
    ),
    Column(name="lead time days", says=explained("Days from order to delivery."), example="4"),
    Column(
        name="price",
        says=explained("Of one orderable pack, with a comma or a point; the currency beside it."),
        example="125,00",
    ),
    Column(name="currency", says=explained("Three letters, such as EUR."), example="EUR"),
    Column(name="preferred", says=explained("yes: this supplier is asked first."), example="yes"),
    Column(
        name="clinic",
        says=explained(
            "Whose minimum and target these are; empty: of the clinic in which you import. A further clinic: a "
            "further line."
        ),
    ),
    Column(name="minimum", says=explained("Fewest whole vials, ampoules or pieces."), example="10"),
    Column(name="target", says=explained("How many there should be after a delivery."), example="30"),
)  # fmt: skip
