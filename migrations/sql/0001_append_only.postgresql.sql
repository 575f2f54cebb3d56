-- Append-only tables refuse UPDATE, DELETE and TRUNCATE; what history rests on refuses DELETE; heads only grow.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only: % refuses %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
--;
CREATE FUNCTION refuse_shrinking_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq <> OLD.seq + 1 THEN
    RAISE EXCEPTION 'append-only: % goes up by one', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
--;
CREATE TRIGGER movement_refuses_change BEFORE UPDATE OR DELETE ON movement
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER movement_refuses_truncate BEFORE TRUNCATE ON movement
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER line_refuses_change BEFORE UPDATE OR DELETE ON line
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER line_refuses_truncate BEFORE TRUNCATE ON line
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER usage_refuses_change BEFORE UPDATE OR DELETE ON usage
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER usage_refuses_truncate BEFORE TRUNCATE ON usage
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER usage_area_refuses_change BEFORE UPDATE OR DELETE ON usage_area
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER usage_area_refuses_truncate BEFORE TRUNCATE ON usage_area
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER journal_entry_refuses_change BEFORE UPDATE OR DELETE ON journal_entry
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER journal_entry_refuses_truncate BEFORE TRUNCATE ON journal_entry
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER organisation_entry_refuses_change BEFORE UPDATE OR DELETE ON organisation_entry
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER organisation_entry_refuses_truncate BEFORE TRUNCATE ON organisation_entry
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER container_placing_refuses_change BEFORE UPDATE OR DELETE ON container_placing
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER container_placing_refuses_truncate BEFORE TRUNCATE ON container_placing
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER lot_alias_refuses_change BEFORE UPDATE OR DELETE ON lot_alias
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER lot_alias_refuses_truncate BEFORE TRUNCATE ON lot_alias
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER hold_place_refuses_change BEFORE UPDATE OR DELETE ON hold_place
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER hold_place_refuses_truncate BEFORE TRUNCATE ON hold_place
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER closed_period_refuses_change BEFORE UPDATE OR DELETE ON closed_period
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER closed_period_refuses_truncate BEFORE TRUNCATE ON closed_period
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER stocktake_refuses_change BEFORE UPDATE OR DELETE ON stocktake
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER stocktake_refuses_truncate BEFORE TRUNCATE ON stocktake
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER stocktake_line_refuses_change BEFORE UPDATE OR DELETE ON stocktake_line
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER stocktake_line_refuses_truncate BEFORE TRUNCATE ON stocktake_line
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER lot_refuses_delete BEFORE DELETE ON lot
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER lot_refuses_truncate BEFORE TRUNCATE ON lot
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER container_refuses_delete BEFORE DELETE ON container
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER container_refuses_truncate BEFORE TRUNCATE ON container
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER location_refuses_delete BEFORE DELETE ON location
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER location_refuses_truncate BEFORE TRUNCATE ON location
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER treatment_session_refuses_delete BEFORE DELETE ON treatment_session
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER treatment_session_refuses_truncate BEFORE TRUNCATE ON treatment_session
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER preparation_refuses_delete BEFORE DELETE ON preparation
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER preparation_refuses_truncate BEFORE TRUNCATE ON preparation
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER receipt_refuses_delete BEFORE DELETE ON receipt
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER receipt_refuses_truncate BEFORE TRUNCATE ON receipt
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER receipt_line_refuses_delete BEFORE DELETE ON receipt_line
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER receipt_line_refuses_truncate BEFORE TRUNCATE ON receipt_line
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER patient_refuses_delete BEFORE DELETE ON patient
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER patient_refuses_truncate BEFORE TRUNCATE ON patient
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER clinic_hold_refuses_delete BEFORE DELETE ON clinic_hold
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER clinic_hold_refuses_truncate BEFORE TRUNCATE ON clinic_hold
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER product_hold_refuses_delete BEFORE DELETE ON product_hold
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER product_hold_refuses_truncate BEFORE TRUNCATE ON product_hold
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER allocation_refuses_delete BEFORE DELETE ON allocation
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER allocation_refuses_truncate BEFORE TRUNCATE ON allocation
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER deviation_refuses_delete BEFORE DELETE ON deviation
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER deviation_refuses_truncate BEFORE TRUNCATE ON deviation
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER product_rule_refuses_delete BEFORE DELETE ON product_rule
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER product_rule_refuses_truncate BEFORE TRUNCATE ON product_rule
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER transfer_refuses_delete BEFORE DELETE ON transfer
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER transfer_refuses_truncate BEFORE TRUNCATE ON transfer
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER transfer_line_refuses_delete BEFORE DELETE ON transfer_line
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER transfer_line_refuses_truncate BEFORE TRUNCATE ON transfer_line
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER journal_head_refuses_delete BEFORE DELETE ON journal_head
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER journal_head_refuses_truncate BEFORE TRUNCATE ON journal_head
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER organisation_head_refuses_delete BEFORE DELETE ON organisation_head
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER organisation_head_refuses_truncate BEFORE TRUNCATE ON organisation_head
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER journal_head_only_grows BEFORE UPDATE ON journal_head
FOR EACH ROW EXECUTE FUNCTION refuse_shrinking_head();
--;
CREATE TRIGGER organisation_head_only_grows BEFORE UPDATE ON organisation_head
FOR EACH ROW EXECUTE FUNCTION refuse_shrinking_head();
--;
