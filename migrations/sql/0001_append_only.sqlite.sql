-- Append-only tables refuse UPDATE and DELETE; what history rests on refuses DELETE; heads only grow.
CREATE TRIGGER movement_refuses_update BEFORE UPDATE ON movement
BEGIN SELECT RAISE(ABORT, 'append-only: movement refuses UPDATE'); END;
--;
CREATE TRIGGER movement_refuses_delete BEFORE DELETE ON movement
BEGIN SELECT RAISE(ABORT, 'append-only: movement refuses DELETE'); END;
--;
CREATE TRIGGER line_refuses_update BEFORE UPDATE ON line
BEGIN SELECT RAISE(ABORT, 'append-only: line refuses UPDATE'); END;
--;
CREATE TRIGGER line_refuses_delete BEFORE DELETE ON line
BEGIN SELECT RAISE(ABORT, 'append-only: line refuses DELETE'); END;
--;
CREATE TRIGGER usage_refuses_update BEFORE UPDATE ON usage
BEGIN SELECT RAISE(ABORT, 'append-only: usage refuses UPDATE'); END;
--;
CREATE TRIGGER usage_refuses_delete BEFORE DELETE ON usage
BEGIN SELECT RAISE(ABORT, 'append-only: usage refuses DELETE'); END;
--;
CREATE TRIGGER usage_area_refuses_update BEFORE UPDATE ON usage_area
BEGIN SELECT RAISE(ABORT, 'append-only: usage_area refuses UPDATE'); END;
--;
CREATE TRIGGER usage_area_refuses_delete BEFORE DELETE ON usage_area
BEGIN SELECT RAISE(ABORT, 'append-only: usage_area refuses DELETE'); END;
--;
CREATE TRIGGER journal_entry_refuses_update BEFORE UPDATE ON journal_entry
BEGIN SELECT RAISE(ABORT, 'append-only: journal_entry refuses UPDATE'); END;
--;
CREATE TRIGGER journal_entry_refuses_delete BEFORE DELETE ON journal_entry
BEGIN SELECT RAISE(ABORT, 'append-only: journal_entry refuses DELETE'); END;
--;
CREATE TRIGGER organisation_entry_refuses_update BEFORE UPDATE ON organisation_entry
BEGIN SELECT RAISE(ABORT, 'append-only: organisation_entry refuses UPDATE'); END;
--;
CREATE TRIGGER organisation_entry_refuses_delete BEFORE DELETE ON organisation_entry
BEGIN SELECT RAISE(ABORT, 'append-only: organisation_entry refuses DELETE'); END;
--;
CREATE TRIGGER container_placing_refuses_update BEFORE UPDATE ON container_placing
BEGIN SELECT RAISE(ABORT, 'append-only: container_placing refuses UPDATE'); END;
--;
CREATE TRIGGER container_placing_refuses_delete BEFORE DELETE ON container_placing
BEGIN SELECT RAISE(ABORT, 'append-only: container_placing refuses DELETE'); END;
--;
CREATE TRIGGER lot_alias_refuses_update BEFORE UPDATE ON lot_alias
BEGIN SELECT RAISE(ABORT, 'append-only: lot_alias refuses UPDATE'); END;
--;
CREATE TRIGGER lot_alias_refuses_delete BEFORE DELETE ON lot_alias
BEGIN SELECT RAISE(ABORT, 'append-only: lot_alias refuses DELETE'); END;
--;
CREATE TRIGGER hold_place_refuses_update BEFORE UPDATE ON hold_place
BEGIN SELECT RAISE(ABORT, 'append-only: hold_place refuses UPDATE'); END;
--;
CREATE TRIGGER hold_place_refuses_delete BEFORE DELETE ON hold_place
BEGIN SELECT RAISE(ABORT, 'append-only: hold_place refuses DELETE'); END;
--;
CREATE TRIGGER closed_period_refuses_update BEFORE UPDATE ON closed_period
BEGIN SELECT RAISE(ABORT, 'append-only: closed_period refuses UPDATE'); END;
--;
CREATE TRIGGER closed_period_refuses_delete BEFORE DELETE ON closed_period
BEGIN SELECT RAISE(ABORT, 'append-only: closed_period refuses DELETE'); END;
--;
CREATE TRIGGER stocktake_refuses_update BEFORE UPDATE ON stocktake
BEGIN SELECT RAISE(ABORT, 'append-only: stocktake refuses UPDATE'); END;
--;
CREATE TRIGGER stocktake_refuses_delete BEFORE DELETE ON stocktake
BEGIN SELECT RAISE(ABORT, 'append-only: stocktake refuses DELETE'); END;
--;
CREATE TRIGGER stocktake_line_refuses_update BEFORE UPDATE ON stocktake_line
BEGIN SELECT RAISE(ABORT, 'append-only: stocktake_line refuses UPDATE'); END;
--;
CREATE TRIGGER stocktake_line_refuses_delete BEFORE DELETE ON stocktake_line
BEGIN SELECT RAISE(ABORT, 'append-only: stocktake_line refuses DELETE'); END;
--;
CREATE TRIGGER lot_refuses_delete BEFORE DELETE ON lot
BEGIN SELECT RAISE(ABORT, 'append-only: lot refuses DELETE'); END;
--;
CREATE TRIGGER container_refuses_delete BEFORE DELETE ON container
BEGIN SELECT RAISE(ABORT, 'append-only: container refuses DELETE'); END;
--;
CREATE TRIGGER location_refuses_delete BEFORE DELETE ON location
BEGIN SELECT RAISE(ABORT, 'append-only: location refuses DELETE'); END;
--;
CREATE TRIGGER treatment_session_refuses_delete BEFORE DELETE ON treatment_session
BEGIN SELECT RAISE(ABORT, 'append-only: treatment_session refuses DELETE'); END;
--;
CREATE TRIGGER preparation_refuses_delete BEFORE DELETE ON preparation
BEGIN SELECT RAISE(ABORT, 'append-only: preparation refuses DELETE'); END;
--;
CREATE TRIGGER receipt_refuses_delete BEFORE DELETE ON receipt
BEGIN SELECT RAISE(ABORT, 'append-only: receipt refuses DELETE'); END;
--;
CREATE TRIGGER receipt_line_refuses_delete BEFORE DELETE ON receipt_line
BEGIN SELECT RAISE(ABORT, 'append-only: receipt_line refuses DELETE'); END;
--;
CREATE TRIGGER patient_refuses_delete BEFORE DELETE ON patient
BEGIN SELECT RAISE(ABORT, 'append-only: patient refuses DELETE'); END;
--;
CREATE TRIGGER clinic_hold_refuses_delete BEFORE DELETE ON clinic_hold
BEGIN SELECT RAISE(ABORT, 'append-only: clinic_hold refuses DELETE'); END;
--;
CREATE TRIGGER product_hold_refuses_delete BEFORE DELETE ON product_hold
BEGIN SELECT RAISE(ABORT, 'append-only: product_hold refuses DELETE'); END;
--;
CREATE TRIGGER allocation_refuses_delete BEFORE DELETE ON allocation
BEGIN SELECT RAISE(ABORT, 'append-only: allocation refuses DELETE'); END;
--;
CREATE TRIGGER deviation_refuses_delete BEFORE DELETE ON deviation
BEGIN SELECT RAISE(ABORT, 'append-only: deviation refuses DELETE'); END;
--;
CREATE TRIGGER product_rule_refuses_delete BEFORE DELETE ON product_rule
BEGIN SELECT RAISE(ABORT, 'append-only: product_rule refuses DELETE'); END;
--;
CREATE TRIGGER transfer_refuses_delete BEFORE DELETE ON transfer
BEGIN SELECT RAISE(ABORT, 'append-only: transfer refuses DELETE'); END;
--;
CREATE TRIGGER transfer_line_refuses_delete BEFORE DELETE ON transfer_line
BEGIN SELECT RAISE(ABORT, 'append-only: transfer_line refuses DELETE'); END;
--;
CREATE TRIGGER journal_head_refuses_delete BEFORE DELETE ON journal_head
BEGIN SELECT RAISE(ABORT, 'append-only: journal_head refuses DELETE'); END;
--;
CREATE TRIGGER organisation_head_refuses_delete BEFORE DELETE ON organisation_head
BEGIN SELECT RAISE(ABORT, 'append-only: organisation_head refuses DELETE'); END;
--;
CREATE TRIGGER journal_head_only_grows BEFORE UPDATE ON journal_head WHEN NEW.seq <> OLD.seq + 1
BEGIN SELECT RAISE(ABORT, 'append-only: journal_head goes up by one'); END;
--;
CREATE TRIGGER organisation_head_only_grows BEFORE UPDATE ON organisation_head WHEN NEW.seq <> OLD.seq + 1
BEGIN SELECT RAISE(ABORT, 'append-only: organisation_head goes up by one'); END;
--;
