"""Are the house rules kept that no linter knows?"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.sources import PACKAGE, ROOT, dotted, modules, name, tracked, tree

FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 400
_FORBIDDEN_NAMES = {
    "utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "base_service", "tools", "stuff",
}  # fmt: skip
_NEAR_STOCK = ("stockroom/rules", "stockroom/ledger", "stockroom/operations", "stockroom/models")
_CLOCKS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns",
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today", "time.localtime", "time.gmtime",
}  # fmt: skip
_COMMITTERS = {"stockroom/db/transaction.py", "stockroom/db/migrating.py", "stockroom/db/store.py"}
_SQL_CLOCKS = re.compile(
    r"\b(CURRENT_TIMESTAMP|CURRENT_DATE|LOCALTIMESTAMP|datetime\('now'|clock_timestamp)", re.I
)
_DECIMALS = PACKAGE / "units.py"  # `Decimal` lives there, and its divisions are exact
_OWN_CODE = modules("stockroom", "migrations")


def _functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", modules("stockroom"), ids=name)
def test_a_module_says_which_question_it_answers(path: Path) -> None:
    assert ast.get_docstring(tree(path)), f"{name(path)} has no first line"


@pytest.mark.parametrize("path", modules("stockroom"), ids=name)
def test_functions_and_files_stay_short(path: Path) -> None:
    long = [
        f"{function.name} has {length} lines"
        for function in _functions(path)
        if (length := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES_MAX
    ]

    assert long == []
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES_MAX


@pytest.mark.parametrize("path", modules("stockroom/operations"), ids=lambda path: path.stem)
def test_every_operation_has_its_test_file(path: Path) -> None:
    if path.stem == "__init__":
        return
    assert (ROOT / "tests" / "operations" / f"test_{path.stem}.py").exists()


def test_no_file_has_a_name_that_says_nothing() -> None:
    named = [
        name(path) for path in modules("stockroom", "tests", "migrations") if path.stem in _FORBIDDEN_NAMES
    ]
    named += [name(path) for path in PACKAGE.rglob("*") if path.is_dir() and path.name in _FORBIDDEN_NAMES]

    assert named == []


@pytest.mark.parametrize("path", (*modules(*_NEAR_STOCK), _DECIMALS), ids=name)
def test_no_float_comes_near_stock(path: Path) -> None:
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            found.append(f"line {node.lineno}: {node.value}")
        if isinstance(node, ast.Name) and node.id in {"float", "Float", "Numeric"}:
            found.append(f"line {node.lineno}: {node.id}")
        divides = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
        if divides and path != _DECIMALS:
            found.append(f"line {node.lineno}: true division")

    assert found == []


def test_only_the_clock_reads_the_clock() -> None:
    read = [
        f"{name(path)}:{node.lineno}"
        for path in _OWN_CODE
        if path != PACKAGE / "clock.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and dotted(node.func) in _CLOCKS
    ]
    asked = [name(path) for path in _OWN_CODE if _SQL_CLOCKS.search(path.read_text(encoding="utf-8"))]

    assert read == []
    assert asked == []


def test_only_config_reads_the_environment() -> None:
    read = [
        f"{name(path)}:{node.lineno}"
        for path in _OWN_CODE
        if path.name != "config.py"
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and dotted(node) in {"os.environ", "os.getenv", "os.environb"})
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and {"environ", "getenv"} & {a.name for a in node.names}
        )
    ]

    assert read == []


def test_only_the_transaction_commits() -> None:
    committed = [
        f"{name(path)}:{node.lineno}"
        for path in modules("stockroom")
        if name(path) not in _COMMITTERS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"commit", "rollback", "begin", "begin_nested"}
        and not isinstance(node.func.value, ast.Constant)
    ]

    assert committed == []


_HOSTS = re.compile(
    r"(?<![\w/.-])/(?:work|root|home|Users)/\w|index-url\s*=|--index-url|extra-index|files\.pythonhoste[d]|pyp[i]\.org/simple"
)
_TEXT = {
    ".py",
    ".md",
    ".toml",
    ".lock",
    ".txt",
    ".sql",
    ".html",
    ".css",
    ".js",
    ".json",
    ".yml",
    ".yaml",
    ".csv",
    "",
}


def test_no_tracked_file_names_a_machine_path_or_a_registry() -> None:
    named = []
    for path in tracked():
        if path.suffix not in _TEXT or path == Path(__file__).resolve():
            continue
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        ):
            if _HOSTS.search(line):
                named.append(f"{name(path)}:{number}: {line.strip()[:80]}")

    assert named == []
