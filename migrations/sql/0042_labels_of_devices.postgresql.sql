-- A device gets a label too.
ALTER TABLE label_print DROP CONSTRAINT ck_label_print_kind_is_a_word
--;
ALTER TABLE label_print ADD CONSTRAINT ck_label_print_kind_is_a_word
CHECK (kind IN ('container', 'preparation', 'lot', 'location', 'sharps_box', 'device'))
--;
