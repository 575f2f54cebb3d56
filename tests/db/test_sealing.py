"""Is a sealed value readable only with its key and only at its place?"""

from __future__ import annotations

import pytest

from stockroom.db.sealing import KeyRing, SealBroken, seal, unseal

RING = KeyRing(bytes(range(32)))
ALICE, BORIS = "patient-a", "patient-b"


def _data_key(owner: str) -> bytes:
    return RING.open_data_key(RING.new_data_key(owner), owner)


def test_what_was_sealed_is_read_back() -> None:
    key = _data_key(ALICE)

    assert (
        unseal(key, seal(key, "Ана-Мария O’Brien", bound_to="a:name"), bound_to="a:name")
        == "Ана-Мария O’Brien"
    )


def test_equal_values_do_not_look_equal() -> None:
    key = _data_key(ALICE)

    assert seal(key, "same", bound_to="x") != seal(key, "same", bound_to="x")


@pytest.mark.parametrize("place", ["b:name", "a:born_on", ""])
def test_a_value_moved_elsewhere_does_not_open(place: str) -> None:
    key = _data_key(ALICE)

    with pytest.raises(SealBroken):
        unseal(key, seal(key, "value", bound_to="a:name"), bound_to=place)


def test_no_flipped_bit_goes_unseen() -> None:
    key = _data_key(ALICE)
    sealed = seal(key, "value", bound_to="a:name")

    for position in range(len(sealed)):
        flipped = bytearray(sealed)
        flipped[position] ^= 1
        with pytest.raises(SealBroken):
            unseal(key, bytes(flipped), bound_to="a:name")


@pytest.mark.parametrize("cut", [0, 1, 5, 13, 20])
def test_a_shortened_value_does_not_open(cut: int) -> None:
    key = _data_key(ALICE)

    with pytest.raises((SealBroken, ValueError)):
        unseal(key, seal(key, "value", bound_to="a:name")[:cut], bound_to="a:name")


def test_a_data_key_belongs_to_one_patient_and_one_installation() -> None:
    wrapped = RING.new_data_key(ALICE)

    with pytest.raises(SealBroken):
        RING.open_data_key(wrapped, BORIS)
    with pytest.raises(SealBroken):
        KeyRing(bytes(32)).open_data_key(wrapped, ALICE)


def test_an_index_finds_the_same_name_however_it_is_written_and_tells_fields_apart() -> None:
    assert RING.blind_index("name", "  ÀNNA   Maria ") == RING.blind_index("name", "a\u0300nna maria")
    assert RING.blind_index("name", "anna") != RING.blind_index("reference", "anna")
    assert RING.blind_index("name", "anna") != KeyRing(bytes(32)).blind_index("name", "anna")


def test_the_ring_shows_nothing_and_takes_no_short_key() -> None:
    assert "0001" not in repr(RING) and repr(RING) == "KeyRing(...)"
    with pytest.raises(ValueError, match="32 bytes"):
        KeyRing(b"short")
