-- A table that is brought in may be one of sessions.
ALTER TABLE table_import DROP CONSTRAINT ck_table_import_kind_is_a_word
--;
ALTER TABLE table_import ADD CONSTRAINT ck_table_import_kind_is_a_word
CHECK (kind IN ('products', 'stock', 'patients', 'sessions'))
--;
