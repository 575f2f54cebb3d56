-- A version is superseded and confirmed; what it says stays.
CREATE TRIGGER product_rule_refuses_update BEFORE UPDATE OF
    product_id, version, recorded_at, container_type, storage_class, regulatory_class, authorised_in, in_use_minutes_room,
    in_use_minutes_refrigerated, in_use_source, lot_carry, expiry_carry, serial_carry, punctures_max, overfill_max_quantity,
    residual_max_quantity, ingredients_known, is_single_use, needle_gauge, needle_length_um, pin_count, waste_stream,
    diluent_id, diluent_quantity, reconstituted_quantity, reconstituted_minutes, reconstitution_source, reason,
    recorded_by_id
ON product_rule
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
