-- What went back went back.
CREATE TRIGGER supplier_return_refuses_delete BEFORE DELETE ON supplier_return
BEGIN SELECT RAISE(ABORT, 'append-only: supplier_return refuses DELETE'); END;
--;
