-- A table that is brought in may be one of sessions.  SQLite changes no CHECK: the table is made anew, as it was.
CREATE TABLE table_import_anew (
	id INTEGER NOT NULL,
	uid TEXT NOT NULL,
	clinic_id INTEGER NOT NULL,
	kind TEXT NOT NULL,
	file_name TEXT NOT NULL,
	state TEXT NOT NULL,
	done INTEGER NOT NULL,
	whole INTEGER NOT NULL,
	data_key BLOB,
	content BLOB,
	result TEXT NOT NULL,
	asked_by_id INTEGER NOT NULL,
	asked_at TEXT NOT NULL,
	updated_at TEXT NOT NULL,
	CONSTRAINT pk_table_import PRIMARY KEY (id),
	CONSTRAINT ck_table_import_kind_is_a_word CHECK (kind IN ('products', 'stock', 'patients', 'sessions')),
	CONSTRAINT ck_table_import_state_is_a_word CHECK (state IN ('checking', 'checked', 'bringing_in', 'done', 'refused')),
	CONSTRAINT ck_table_import_done_within_whole CHECK (0 <= done AND done <= whole),
	CONSTRAINT ck_table_import_content_has_its_key CHECK ((content IS NULL) = (data_key IS NULL)),
	CONSTRAINT fk_table_import_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_table_import_asked_by_id FOREIGN KEY(asked_by_id) REFERENCES person (id),
	CONSTRAINT uq_table_import_uid UNIQUE (uid)
) STRICT
--;
INSERT INTO table_import_anew (
	id, uid, clinic_id, kind, file_name, state, done, whole, data_key, content, result, asked_by_id, asked_at, updated_at
)
SELECT
	id, uid, clinic_id, kind, file_name, state, done, whole, data_key, content, result, asked_by_id, asked_at, updated_at
FROM table_import
--;
DROP TABLE table_import
--;
ALTER TABLE table_import_anew RENAME TO table_import
--;
CREATE INDEX ix_table_import_asked ON table_import (clinic_id, asked_at)
--;
