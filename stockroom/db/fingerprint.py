"""What exactly is in the schema?  Tables, columns, checks, keys, indexes and triggers as comparable text.

Alembic's batch mode on SQLite silently drops triggers and unnamed CHECKs (measured, shared/faults.md
finding 5), so every migration is followed by a comparison with the golden file of its dialect.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

_SQLITE = """
SELECT type || ' ' || name AS what, sql AS detail FROM sqlite_master
WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql IS NOT NULL"""

_POSTGRESQL = (
    """
    SELECT 'column ' || c.relname || '.' || a.attname AS what,
        format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
        || CASE WHEN a.attidentity <> '' THEN ' IDENTITY' ELSE '' END
        || COALESCE(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') AS detail
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE n.nspname = current_schema() AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped""",
    """
    SELECT 'constraint ' || c.relname || '.' || k.conname AS what, pg_get_constraintdef(k.oid) AS detail
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND k.contype <> 'n'""",
    """
    SELECT 'index ' || tablename || '.' || indexname AS what,
        replace(indexdef, schemaname || '.', '') AS detail
    FROM pg_indexes WHERE schemaname = current_schema()""",
    """
    SELECT 'trigger ' || c.relname || '.' || t.tgname AS what,
        replace(pg_get_triggerdef(t.oid), n.nspname || '.', '')
        || CASE WHEN t.tgenabled IN ('O', 'A') THEN '' ELSE ' DISABLED' END AS detail
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND NOT t.tgisinternal""",
    """
    SELECT 'function ' || p.proname AS what, p.prosrc AS detail
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = current_schema() AND p.prokind IN ('f', 'p')""",
)


def fingerprint(connection: Connection) -> str:
    """Give the schema as sorted lines, one a thing, without differences of white space.

    NOT NULL stands with its column; everything else (CHECKs, keys, partial indexes, triggers and the
    functions behind them) is as the database itself writes it.
    """
    queries = (_SQLITE,) if connection.dialect.name == "sqlite" else _POSTGRESQL
    lines = [
        f"{row.what}: {' '.join(row.detail.split())}"
        for query in queries
        for row in connection.execute(text(query))
    ]
    return "".join(f"{line}\n" for line in sorted(lines))
