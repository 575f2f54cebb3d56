-- A flag of a patient may be overridden.  SQLite changes no CHECK: the table is made anew, as it was.
CREATE TABLE deviation_anew (
	id INTEGER NOT NULL,
	uid TEXT NOT NULL,
	clinic_id INTEGER NOT NULL,
	movement_id INTEGER NOT NULL,
	rule TEXT NOT NULL,
	lot_id INTEGER NOT NULL,
	reason TEXT NOT NULL,
	was_asked INTEGER NOT NULL,
	recorded_at TEXT NOT NULL,
	recorded_by_id INTEGER NOT NULL,
	signed_at TEXT,
	signed_by_id INTEGER,
	agreed_by_id INTEGER
	CONSTRAINT ck_deviation_agreed_by_another CHECK (agreed_by_id IS NULL OR agreed_by_id <> recorded_by_id)
	CONSTRAINT fk_deviation_agreed_by_id REFERENCES person (id),
	CONSTRAINT pk_deviation PRIMARY KEY (id),
	CONSTRAINT ck_deviation_rule_is_a_word CHECK (rule IN ('expired', 'beyond_use', 'punctures_spent', 'held', 'recalled', 'not_usable_place', 'product_incomplete', 'allergy', 'allergy_not_asked', 'contraindicated', 'caution', 'other_patient', 'not_authorised', 'no_prescriber', 'earlier_lot', 'incompatible', 'period_closed', 'session_closed', 'beyond_window', 'before_opened', 'before_arrival', 'leftovers_pooled')),
	CONSTRAINT ck_deviation_signed_by_somebody CHECK ((signed_at IS NULL) = (signed_by_id IS NULL)),
	CONSTRAINT ck_deviation_signed_by_another CHECK (signed_by_id IS NULL OR signed_by_id <> recorded_by_id),
	CONSTRAINT fk_deviation_clinic_id_lot_id FOREIGN KEY(clinic_id, lot_id) REFERENCES lot (clinic_id, id),
	CONSTRAINT fk_deviation_clinic_id_movement_id FOREIGN KEY(clinic_id, movement_id) REFERENCES movement (clinic_id, id),
	CONSTRAINT fk_deviation_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_deviation_recorded_by_id FOREIGN KEY(recorded_by_id) REFERENCES person (id),
	CONSTRAINT fk_deviation_signed_by_id FOREIGN KEY(signed_by_id) REFERENCES person (id),
	CONSTRAINT uq_deviation_clinic_id_id UNIQUE (clinic_id, id),
	CONSTRAINT uq_deviation_uid UNIQUE (uid)
) STRICT
--;
INSERT INTO deviation_anew (
	id, uid, clinic_id, movement_id, rule, lot_id, reason, was_asked, recorded_at, recorded_by_id, signed_at, signed_by_id,
	agreed_by_id
)
SELECT
	id, uid, clinic_id, movement_id, rule, lot_id, reason, was_asked, recorded_at, recorded_by_id, signed_at, signed_by_id,
	agreed_by_id
FROM deviation
--;
DROP TABLE deviation
--;
ALTER TABLE deviation_anew RENAME TO deviation
--;
CREATE INDEX ix_deviation_movement ON deviation (clinic_id, movement_id)
--;
CREATE TRIGGER deviation_refuses_delete BEFORE DELETE ON deviation
BEGIN SELECT RAISE(ABORT, 'append-only: deviation refuses DELETE'); END;
--;
