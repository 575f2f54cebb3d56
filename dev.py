#!/usr/bin/env python3
"""What a developer types: run, test, setup, lint, bench, soak, lock. Standard library only."""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
RUNTIME_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"
SOAK_SCALE = "20"


def main(argv: Sequence[str] | None = None) -> int:
    """Do one of the commands and return its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036  this file is what an older Python meets first
        sys.exit("Stockroom needs Python 3.11 or newer; this is " + sys.version.split()[0])
    known, passed = _parser().parse_known_args(argv)
    commands = {
        "run": lambda: run(passed),
        "test": lambda: test(passed),
        "soak": lambda: soak(passed),
        "setup": lambda: setup(DEV_LOCK if known.dev else RUNTIME_LOCK),
        "lint": lint,
        "bench": lambda: bench(passed),
        "lock": lock,
    }
    if passed and known.command in ("setup", "lint", "lock"):
        sys.exit(f"dev.py {known.command} does not know {' '.join(passed)}")
    try:
        return commands[known.command]() or 0
    except subprocess.CalledProcessError as failed:
        print(f"dev.py {known.command} stopped: {' '.join(failed.cmd[:6])} … failed", file=sys.stderr)
        return failed.returncode


def run(passed: Sequence[str]) -> int:
    """Install what the product needs, then become the server; passes --port, --no-demo, --database-url on."""
    setup(RUNTIME_LOCK)
    flags = [flag for flag in passed if flag != "--no-demo"]
    demo = [] if "--no-demo" in passed else ["--demo"]
    return _become(venv_python(), "-m", "stockroom", "run", *demo, *flags)


def test(passed: Sequence[str], scale: str = "1") -> int:
    """Install what the tests need and run them on two workers; what follows `test` goes to pytest."""
    setup(DEV_LOCK)
    workers = (
        ()
        if any(flag.startswith("-n") or flag == "--pdb" for flag in passed)
        else ("-n", "2", "--dist", "worksteal")
    )
    environment = os.environ | {"STOCKROOM_TEST_SCALE": os.environ.get("STOCKROOM_TEST_SCALE", scale)}
    return _python("-m", "pytest", *workers, *passed, environment=environment)


def soak(passed: Sequence[str]) -> int:
    """Run the same tests with many times the examples, threads and histories."""
    return test(["--timeout=3600", *passed], scale=SOAK_SCALE)


def lint() -> int:
    """Check style, format, types and floors; reports all four before it fails."""
    setup(DEV_LOCK)
    checks = (
        ("-m", "ruff", "check", "."),
        ("-m", "ruff", "format", "--check", "."),
        ("-m", "mypy"),
        (
            "-c",
            "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())",
        ),
    )
    return max(_python(*check) for check in checks)


def bench(passed: Sequence[str]) -> int:
    """Run the benchmarks; they need the servers and drivers of the development set."""
    setup(DEV_LOCK)
    return _python("-m", "bench", *passed)


def setup(lock_name: str) -> None:
    """Make `.venv` hold exactly what the lock names, or return at once when it already does."""
    wanted = _digest(lock_name)
    if lock_name == RUNTIME_LOCK and _stamped(DEV_LOCK) == _digest(DEV_LOCK):
        return  # the development set holds the whole runtime set, at the same versions
    if _stamped(lock_name) == wanted:
        return
    print(f"Installing {lock_name} into {VENV.name} (once) …", file=sys.stderr, flush=True)
    pip = _make_venv(VENV)
    install = ["install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps"]
    _stamp(lock_name).unlink(missing_ok=True)
    _call(*pip, *install, "-r", lock_name)
    _stamp(lock_name).write_text(wanted, encoding="ascii")


def lock() -> None:
    """Resolve pyproject.toml again into the lock files, for every platform, with no host written down."""
    tools = VENV / "lock-tools"
    uv = tools / ("Scripts/uv.exe" if os.name == "nt" else "bin/uv")
    if not uv.exists():
        _call(*_make_venv(tools), "install", "--quiet", "--disable-pip-version-check", "uv")
    common = ["--quiet", "--upgrade", "--universal", "--python-version", "3.11", "--generate-hashes"]
    common += ["--no-emit-index-url", "--no-header"]
    _call(uv, "pip", "compile", "pyproject.toml", *common, "-o", RUNTIME_LOCK)
    extras = ["--extra", "dev", "--extra", "e2e", "--extra", "postgres", "-c", RUNTIME_LOCK]
    _call(uv, "pip", "compile", "pyproject.toml", *common, *extras, "-o", DEV_LOCK)
    for name in (RUNTIME_LOCK, DEV_LOCK):
        if "://" in (ROOT / name).read_text(encoding="utf-8"):
            sys.exit(f"{name} names a host; take the link out of pyproject.toml and lock again")


def venv_python(venv: Path = VENV) -> Path:
    """The interpreter inside a virtual environment, on this platform."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__, allow_abbrev=False)
    known = ("run", "test", "setup", "lint", "bench", "soak", "lock")
    parser.add_argument("command", choices=known, nargs="?", default="run")
    parser.add_argument("--dev", action="store_true", help="with setup: install the development set")
    return parser


def _make_venv(venv: Path) -> list[str]:
    """Make the environment when it is absent and return the pip command that fills it."""
    python = venv_python(venv)
    if not python.exists():
        try:
            import ensurepip  # noqa: F401  Debian ships venv without it
        except ImportError:
            _call(sys.executable, "-m", "venv", "--without-pip", venv)
        else:
            _call(sys.executable, "-m", "venv", venv)
    own_pip = subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True, check=False)
    if own_pip.returncode == 0:
        return [str(python), "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", str(python)]


def _digest(lock_name: str) -> str:
    content = (ROOT / lock_name).read_bytes() + sys.version.encode() + str(ROOT).encode()
    return hashlib.sha256(content).hexdigest()


def _stamp(lock_name: str) -> Path:
    return VENV / f".{lock_name}.installed"


def _stamped(lock_name: str) -> str | None:
    stamp = _stamp(lock_name)
    if not (stamp.exists() and venv_python().exists()):
        return None
    return stamp.read_text(encoding="ascii")


def _python(*arguments: str, environment: dict[str, str] | None = None) -> int:
    command = [str(venv_python()), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _call(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)


def _become(program: Path, *arguments: str) -> int:
    """Hand this process over to the server, so that Ctrl-C and SIGTERM reach it and nothing else."""
    os.chdir(ROOT)
    command = [str(program), *arguments]
    if os.name != "nt":
        os.execv(command[0], command)  # noqa: S606  our own interpreter, no shell
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Windows sends Ctrl-C to the child as well
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
