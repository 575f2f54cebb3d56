-- Readings, checks and closings stay as they were written; an excursion is decided once.
CREATE TRIGGER place_watch_refuses_update BEFORE UPDATE ON place_watch
BEGIN SELECT RAISE(ABORT, 'append-only: place_watch refuses UPDATE'); END;
--;
CREATE TRIGGER place_watch_refuses_delete BEFORE DELETE ON place_watch
BEGIN SELECT RAISE(ABORT, 'append-only: place_watch refuses DELETE'); END;
--;
CREATE TRIGGER temperature_reading_refuses_update BEFORE UPDATE ON temperature_reading
BEGIN SELECT RAISE(ABORT, 'append-only: temperature_reading refuses UPDATE'); END;
--;
CREATE TRIGGER temperature_reading_refuses_delete BEFORE DELETE ON temperature_reading
BEGIN SELECT RAISE(ABORT, 'append-only: temperature_reading refuses DELETE'); END;
--;
CREATE TRIGGER box_check_refuses_update BEFORE UPDATE ON box_check
BEGIN SELECT RAISE(ABORT, 'append-only: box_check refuses UPDATE'); END;
--;
CREATE TRIGGER box_check_refuses_delete BEFORE DELETE ON box_check
BEGIN SELECT RAISE(ABORT, 'append-only: box_check refuses DELETE'); END;
--;
CREATE TRIGGER day_closing_refuses_update BEFORE UPDATE ON day_closing
BEGIN SELECT RAISE(ABORT, 'append-only: day_closing refuses UPDATE'); END;
--;
CREATE TRIGGER day_closing_refuses_delete BEFORE DELETE ON day_closing
BEGIN SELECT RAISE(ABORT, 'append-only: day_closing refuses DELETE'); END;
--;
CREATE TRIGGER temperature_excursion_refuses_delete BEFORE DELETE ON temperature_excursion
BEGIN SELECT RAISE(ABORT, 'append-only: temperature_excursion refuses DELETE'); END;
--;
CREATE TRIGGER temperature_excursion_stays_decided BEFORE UPDATE ON temperature_excursion WHEN OLD.decided_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'append-only: temperature_excursion is decided'); END;
--;
