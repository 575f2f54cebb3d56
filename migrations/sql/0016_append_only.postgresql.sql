-- Orders and their lines are ended, never taken away; what came of them stays.
CREATE TRIGGER purchase_order_refuses_delete BEFORE DELETE ON purchase_order
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER purchase_order_refuses_truncate BEFORE TRUNCATE ON purchase_order
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER purchase_order_line_refuses_delete BEFORE DELETE ON purchase_order_line
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER purchase_order_line_refuses_truncate BEFORE TRUNCATE ON purchase_order_line
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER order_arrival_refuses_change BEFORE UPDATE OR DELETE ON order_arrival
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER order_arrival_refuses_truncate BEFORE TRUNCATE ON order_arrival
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
