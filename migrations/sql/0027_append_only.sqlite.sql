-- What was done with a device, what somebody reacted with, and what was answered, stay as they were written.
CREATE TRIGGER reaction_refuses_update BEFORE UPDATE ON reaction
BEGIN SELECT RAISE(ABORT, 'append-only: reaction refuses UPDATE'); END;
--;
CREATE TRIGGER ratio_answer_refuses_update BEFORE UPDATE ON ratio_answer
BEGIN SELECT RAISE(ABORT, 'append-only: ratio_answer refuses UPDATE'); END;
--;
CREATE TRIGGER device_act_refuses_update BEFORE UPDATE ON device_act
BEGIN SELECT RAISE(ABORT, 'append-only: device_act refuses UPDATE'); END;
--;
CREATE TRIGGER reaction_refuses_delete BEFORE DELETE ON reaction
BEGIN SELECT RAISE(ABORT, 'append-only: reaction refuses DELETE'); END;
--;
CREATE TRIGGER ratio_answer_refuses_delete BEFORE DELETE ON ratio_answer
BEGIN SELECT RAISE(ABORT, 'append-only: ratio_answer refuses DELETE'); END;
--;
CREATE TRIGGER device_act_refuses_delete BEFORE DELETE ON device_act
BEGIN SELECT RAISE(ABORT, 'append-only: device_act refuses DELETE'); END;
--;
CREATE TRIGGER device_refuses_delete BEFORE DELETE ON device
BEGIN SELECT RAISE(ABORT, 'append-only: device refuses DELETE'); END;
--;
CREATE TRIGGER sharps_box_refuses_delete BEFORE DELETE ON sharps_box
BEGIN SELECT RAISE(ABORT, 'append-only: sharps_box refuses DELETE'); END;
--;
CREATE TRIGGER role_held_refuses_delete BEFORE DELETE ON role_held
BEGIN SELECT RAISE(ABORT, 'append-only: role_held refuses DELETE'); END;
--;
CREATE TRIGGER role_held_stays_ended BEFORE UPDATE ON role_held WHEN OLD.until_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'append-only: role_held is ended'); END;
--;
CREATE TRIGGER sharps_box_stays_collected BEFORE UPDATE ON sharps_box WHEN OLD.collected_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'append-only: sharps_box is collected'); END;
--;
