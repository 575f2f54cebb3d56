-- More acts than three are authorised, by somebody, with evidence.  SQLite changes no CHECK: the table is made anew.
CREATE TABLE authorisation_anew (
	id INTEGER NOT NULL,
	person_id INTEGER NOT NULL,
	kind TEXT NOT NULL,
	from_on TEXT NOT NULL,
	until_on TEXT,
	scope TEXT NOT NULL,
	granted_by_id INTEGER,
	granted_at TEXT,
	training TEXT NOT NULL,
	trained_on TEXT,
	file_reference TEXT NOT NULL,
	CONSTRAINT pk_authorisation PRIMARY KEY (id),
	CONSTRAINT ck_authorisation_kind_is_a_word CHECK (kind IN ('prescribe', 'inject', 'compound', 'receive', 'check', 'release_hold', 'override')),
	CONSTRAINT ck_authorisation_until_after_from CHECK (until_on IS NULL OR until_on >= from_on),
	CONSTRAINT ck_authorisation_scope_of_injecting CHECK (scope = '' OR kind = 'inject'),
	CONSTRAINT fk_authorisation_person_id FOREIGN KEY(person_id) REFERENCES person (id),
	CONSTRAINT fk_authorisation_granted_by_id FOREIGN KEY(granted_by_id) REFERENCES person (id)
) STRICT
--;
INSERT INTO authorisation_anew (id, person_id, kind, from_on, until_on, scope, training, file_reference)
SELECT id, person_id, kind, from_on, until_on, '', '', ''
FROM authorisation
--;
DROP TABLE authorisation
--;
ALTER TABLE authorisation_anew RENAME TO authorisation
--;
