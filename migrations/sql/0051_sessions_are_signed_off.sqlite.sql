-- A practitioner signs a session off: the signature stands beside the others.
-- SQLite changes no CHECK: the table is made anew, as it was.
CREATE TABLE signature_anew (
	id INTEGER NOT NULL,
	uid TEXT NOT NULL,
	clinic_id INTEGER NOT NULL,
	person_id INTEGER NOT NULL,
	person_name TEXT NOT NULL,
	meaning TEXT NOT NULL,
	way TEXT NOT NULL,
	signed_at TEXT NOT NULL,
	act TEXT NOT NULL,
	entry_seq INTEGER NOT NULL,
	session_id INTEGER,
	CONSTRAINT pk_signature PRIMARY KEY (id),
	CONSTRAINT ck_signature_meaning_is_a_word CHECK (meaning IN ('checked', 'injected', 'signed_off', 'decided')),
	CONSTRAINT ck_signature_way_is_a_word CHECK (way IN ('password', 'pin', 'badge', 'token')),
	CONSTRAINT fk_signature_clinic_id_session_id FOREIGN KEY(clinic_id, session_id) REFERENCES treatment_session (clinic_id, id),
	CONSTRAINT fk_signature_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_signature_person_id FOREIGN KEY(person_id) REFERENCES person (id),
	CONSTRAINT uq_signature_uid UNIQUE (uid)
) STRICT
--;
INSERT INTO signature_anew (
	id, uid, clinic_id, person_id, person_name, meaning, way, signed_at, act, entry_seq, session_id
)
SELECT
	id, uid, clinic_id, person_id, person_name, meaning, way, signed_at, act, entry_seq, session_id
FROM signature
--;
DROP TABLE signature
--;
ALTER TABLE signature_anew RENAME TO signature
--;
CREATE INDEX ix_signature_entry ON signature (clinic_id, entry_seq)
--;
CREATE INDEX ix_signature_session ON signature (clinic_id, session_id)
--;
CREATE TRIGGER signature_refuses_update BEFORE UPDATE ON signature
BEGIN SELECT RAISE(ABORT, 'append-only: signature refuses UPDATE'); END;
--;
CREATE TRIGGER signature_refuses_delete BEFORE DELETE ON signature
BEGIN SELECT RAISE(ABORT, 'append-only: signature refuses DELETE'); END;
--;
