"""How does a list leave as a file?  As CSV, or as XLSX under the address that ends so: the same rows, both safe.

A page has one view and one address that ends in `.csv`; `offer_spreadsheets` gives each its `.xlsx`, and
`access/guards.py` lets the same people have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Flask, Response, request, send_file, stream_with_context

from stockroom.tables.writing import Written, csv_lines, xlsx_file

Cell = Written
CSV, XLSX = ".csv", ".xlsx"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_file(name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Send rows as `name`.csv, or as `name`.xlsx where the address asks for it, with a first line of heads."""
    if request.path.endswith(XLSX):
        return send_file(
            xlsx_file(heads, rows, title=name),
            mimetype=XLSX_TYPE,
            as_attachment=True,
            download_name=f"{name}{XLSX}",
        )
    answer = Response(stream_with_context(csv_lines(heads, rows)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}{CSV}"'
    return answer


def offer_spreadsheets(app: Flask) -> None:
    """Give every list of a screen that leaves as CSV an address at which it leaves as XLSX."""
    for rule in [*app.url_map.iter_rules()]:
        if rule.rule.startswith("/c/") and rule.rule.endswith(CSV):
            app.add_url_rule(
                as_xlsx(rule.rule),
                endpoint=f"{rule.endpoint}_xlsx",
                view_func=app.view_functions[rule.endpoint],
                methods=["GET"],
            )


def as_xlsx(address: str) -> str:
    """Give the address of a list's XLSX from that of its CSV."""
    path, mark, asked = address.partition("?")
    return path.removesuffix(CSV) + XLSX + mark + asked
