-- A device gets a label too.  SQLite changes no CHECK: the table is made anew, as it was.
CREATE TABLE label_print_anew (
	id INTEGER NOT NULL,
	uid TEXT NOT NULL,
	clinic_id INTEGER NOT NULL,
	kind TEXT NOT NULL,
	thing_uid TEXT NOT NULL,
	n INTEGER NOT NULL,
	part_count INTEGER NOT NULL,
	paper TEXT NOT NULL,
	start INTEGER NOT NULL,
	printed_by_id INTEGER NOT NULL,
	printed_at TEXT NOT NULL,
	CONSTRAINT pk_label_print PRIMARY KEY (id),
	CONSTRAINT ck_label_print_kind_is_a_word CHECK (kind IN ('container', 'preparation', 'lot', 'location', 'sharps_box', 'device')),
	CONSTRAINT ck_label_print_counts_positive CHECK (n > 0 AND part_count > 0 AND start > 0),
	CONSTRAINT fk_label_print_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_label_print_printed_by_id FOREIGN KEY(printed_by_id) REFERENCES person (id),
	CONSTRAINT uq_label_print_uid UNIQUE (uid),
	CONSTRAINT uq_label_print_clinic_id_kind_thing_uid_n UNIQUE (clinic_id, kind, thing_uid, n)
) STRICT
--;
INSERT INTO label_print_anew (id, uid, clinic_id, kind, thing_uid, n, part_count, paper, start, printed_by_id, printed_at)
SELECT id, uid, clinic_id, kind, thing_uid, n, part_count, paper, start, printed_by_id, printed_at
FROM label_print
--;
DROP TRIGGER label_print_refuses_delete
--;
DROP TABLE label_print
--;
ALTER TABLE label_print_anew RENAME TO label_print
--;
CREATE TRIGGER label_print_refuses_update BEFORE UPDATE ON label_print
BEGIN SELECT RAISE(ABORT, 'append-only: label_print refuses UPDATE'); END;
--;
CREATE TRIGGER label_print_refuses_delete BEFORE DELETE ON label_print
BEGIN SELECT RAISE(ABORT, 'append-only: label_print refuses DELETE'); END;
--;
