"""Does every floor import only lower floors, and does verify share no code with what it judges?"""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.house.sources import PACKAGE, ROOT, modules, name, tree

_VERIFY_MAY_IMPORT = (
    "stockroom.ledger.verify",
    "stockroom.models",
    "stockroom.db.anchor_keeping",
    "stockroom.db.store",
    "stockroom.db.sealing",
    "stockroom.outside.anchor_file",
)
_LEDGERS_OWN = {"Movement", "Line", "Balance", "JournalEntry", "OrganisationEntry"}


def test_the_contracts_of_the_floors_are_kept() -> None:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True))",
    ]
    linted = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.parametrize("path", modules("stockroom/ledger/verify"), ids=lambda path: path.stem)
def test_verify_shares_no_code_with_what_it_judges(path) -> None:
    imported = {
        node.module
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("stockroom")
    }
    imported |= {
        alias.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name.startswith("stockroom")
    }

    assert {module for module in imported if not module.startswith(_VERIFY_MAY_IMPORT)} == set()


@pytest.mark.parametrize("path", modules("stockroom/operations"), ids=lambda path: path.stem)
def test_no_operation_calls_another(path) -> None:
    called = [
        node.module
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("stockroom.operations")
    ]

    assert called == []


def test_only_the_ledger_writes_movements_lines_and_balances() -> None:
    written = []
    for path in modules("stockroom"):
        if path.is_relative_to(PACKAGE / "ledger"):
            continue
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            target = node.args[0]
            writes = node.func.id in {"insert", "update", "delete"} and isinstance(target, ast.Name)
            if writes and target.id in _LEDGERS_OWN:
                written.append(f"{name(path)}:{node.lineno}")

    assert written == []
