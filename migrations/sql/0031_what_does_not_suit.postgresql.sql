-- A flag of a patient may be overridden.
ALTER TABLE deviation DROP CONSTRAINT ck_deviation_rule_is_a_word
--;
ALTER TABLE deviation ADD CONSTRAINT ck_deviation_rule_is_a_word
CHECK (rule IN ('expired', 'beyond_use', 'punctures_spent', 'held', 'recalled', 'not_usable_place', 'product_incomplete', 'allergy', 'allergy_not_asked', 'contraindicated', 'caution', 'other_patient', 'not_authorised', 'no_prescriber', 'earlier_lot', 'incompatible', 'period_closed', 'session_closed', 'beyond_window', 'before_opened', 'before_arrival', 'leftovers_pooled'))
--;
