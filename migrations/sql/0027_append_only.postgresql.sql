-- What was done with a device, what somebody reacted with, and what was answered, stay as they were written.
CREATE TRIGGER reaction_refuses_change BEFORE UPDATE OR DELETE ON reaction
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER ratio_answer_refuses_change BEFORE UPDATE OR DELETE ON ratio_answer
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER device_act_refuses_change BEFORE UPDATE OR DELETE ON device_act
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER device_refuses_delete BEFORE DELETE ON device
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER sharps_box_refuses_delete BEFORE DELETE ON sharps_box
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER role_held_refuses_delete BEFORE DELETE ON role_held
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER reaction_refuses_truncate BEFORE TRUNCATE ON reaction
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER ratio_answer_refuses_truncate BEFORE TRUNCATE ON ratio_answer
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER device_act_refuses_truncate BEFORE TRUNCATE ON device_act
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER device_refuses_truncate BEFORE TRUNCATE ON device
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER sharps_box_refuses_truncate BEFORE TRUNCATE ON sharps_box
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER role_held_refuses_truncate BEFORE TRUNCATE ON role_held
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER role_held_stays_ended BEFORE UPDATE ON role_held
FOR EACH ROW WHEN (OLD.until_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER sharps_box_stays_collected BEFORE UPDATE ON sharps_box
FOR EACH ROW WHEN (OLD.collected_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
--;
