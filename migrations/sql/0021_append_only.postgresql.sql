-- Readings, checks and closings stay as they were written; an excursion is decided once.
CREATE TRIGGER place_watch_refuses_change BEFORE UPDATE OR DELETE ON place_watch
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER place_watch_refuses_truncate BEFORE TRUNCATE ON place_watch
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER temperature_reading_refuses_change BEFORE UPDATE OR DELETE ON temperature_reading
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER temperature_reading_refuses_truncate BEFORE TRUNCATE ON temperature_reading
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER box_check_refuses_change BEFORE UPDATE OR DELETE ON box_check
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER box_check_refuses_truncate BEFORE TRUNCATE ON box_check
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER day_closing_refuses_change BEFORE UPDATE OR DELETE ON day_closing
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER day_closing_refuses_truncate BEFORE TRUNCATE ON day_closing
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER temperature_excursion_refuses_delete BEFORE DELETE ON temperature_excursion
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER temperature_excursion_refuses_truncate BEFORE TRUNCATE ON temperature_excursion
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER temperature_excursion_stays_decided BEFORE UPDATE ON temperature_excursion
FOR EACH ROW WHEN (OLD.decided_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
--;
