-- A receipt may be a pack that was taken in at the bench.  SQLite changes no CHECK: the table is made anew, as it was.
CREATE TABLE receipt_anew (
	id INTEGER NOT NULL,
	uid TEXT NOT NULL,
	clinic_id INTEGER NOT NULL,
	supplier_id INTEGER,
	delivery_note TEXT NOT NULL,
	arrived_at TEXT NOT NULL,
	state_on_arrival TEXT NOT NULL,
	received_by_id INTEGER NOT NULL,
	movement_id INTEGER NOT NULL,
	books_begin_on TEXT,
	at_bench INTEGER DEFAULT 0 NOT NULL,
	CONSTRAINT pk_receipt PRIMARY KEY (id),
	CONSTRAINT ck_receipt_state_on_arrival_is_a_word CHECK (state_on_arrival IN ('good', 'damaged', 'warm', 'doubtful')),
	CONSTRAINT ck_receipt_supplier_or_opening_stock CHECK ((supplier_id IS NULL) = (books_begin_on IS NOT NULL OR at_bench)),
	CONSTRAINT fk_receipt_clinic_id_movement_id FOREIGN KEY(clinic_id, movement_id) REFERENCES movement (clinic_id, id),
	CONSTRAINT fk_receipt_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_receipt_received_by_id FOREIGN KEY(received_by_id) REFERENCES person (id),
	CONSTRAINT fk_receipt_supplier_id FOREIGN KEY(supplier_id) REFERENCES supplier (id),
	CONSTRAINT uq_receipt_clinic_id_id UNIQUE (clinic_id, id),
	CONSTRAINT uq_receipt_uid UNIQUE (uid)
) STRICT
--;
INSERT INTO receipt_anew (
	id, uid, clinic_id, supplier_id, delivery_note, arrived_at, state_on_arrival, received_by_id, movement_id,
	books_begin_on
)
SELECT
	id, uid, clinic_id, supplier_id, delivery_note, arrived_at, state_on_arrival, received_by_id, movement_id,
	books_begin_on
FROM receipt
--;
DROP TABLE receipt
--;
ALTER TABLE receipt_anew RENAME TO receipt
--;
CREATE INDEX ix_receipt_movement ON receipt (clinic_id, movement_id)
--;
CREATE TRIGGER receipt_refuses_delete BEFORE DELETE ON receipt
BEGIN SELECT RAISE(ABORT, 'append-only: receipt refuses DELETE'); END;
--;
ALTER TABLE receipt_line ADD COLUMN taken_off_quantity INTEGER DEFAULT 0 NOT NULL
CONSTRAINT ck_receipt_line_taken_off_fits CHECK (taken_off_quantity BETWEEN 0 AND quantity)
--;
CREATE UNIQUE INDEX uq_receipt_line_clinic_id_id ON receipt_line (clinic_id, id)
--;
