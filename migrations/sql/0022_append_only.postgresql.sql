-- What went back went back.
CREATE TRIGGER supplier_return_refuses_delete BEFORE DELETE ON supplier_return
FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;
CREATE TRIGGER supplier_return_refuses_truncate BEFORE TRUNCATE ON supplier_return
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;
