-- A receipt may be a pack that was taken in at the bench, and what a line books is then so much less.
ALTER TABLE receipt ADD COLUMN at_bench BOOLEAN DEFAULT false NOT NULL
--;
ALTER TABLE receipt DROP CONSTRAINT ck_receipt_supplier_or_opening_stock
--;
ALTER TABLE receipt ADD CONSTRAINT ck_receipt_supplier_or_opening_stock
CHECK ((supplier_id IS NULL) = (books_begin_on IS NOT NULL OR at_bench))
--;
ALTER TABLE receipt_line ADD COLUMN taken_off_quantity BIGINT DEFAULT 0 NOT NULL
CONSTRAINT ck_receipt_line_taken_off_fits CHECK (taken_off_quantity BETWEEN 0 AND quantity)
--;
CREATE UNIQUE INDEX uq_receipt_line_clinic_id_id ON receipt_line (clinic_id, id)
--;
