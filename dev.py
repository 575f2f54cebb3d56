#!/usr/bin/env python3
"""What a developer types: run, test, setup, lint, bench, soak, screenshots, lock. Standard library only."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
RUNTIME_LOCK = "requirements.lock"
POSTGRES_LOCK = "requirements-postgres.lock"
DEV_LOCK = "requirements-dev.lock"
SOAK_SCALE = "20"
MEMORY_BYTES_MIN = 8 * 2**30
"""Room in memory from which on the tests' databases lie there."""
# What holds the whole of another lock, at the same versions.
SUPERSETS = {RUNTIME_LOCK: (POSTGRES_LOCK, DEV_LOCK), POSTGRES_LOCK: (DEV_LOCK,), DEV_LOCK: ()}
USAGE = """python3 dev.py COMMAND [what follows is passed on]

  run     start the demo clinic on loopback (--port N, --no-demo, --database-url URL)
  test    run the whole suite; pytest's own arguments may follow
  setup   only install: what `run` needs, or with --dev what everything else needs
  lint    style, format, types and floors
  bench   the benchmarks against hand-written SQL
  soak    the suite with many times the examples and threads
  screenshots [FOLDER [PART]]  pictures of every page (whose name holds PART), three widths, both themes
  lock    resolve the dependencies again into the lock files
"""


def main(argv: Sequence[str]) -> int:
    """Do one of the commands and return its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036  this file is what an older Python meets first
        sys.exit("Stockroom needs Python 3.11 or newer; this is " + sys.version.split()[0])
    commands = {
        "run": run,
        "test": test,
        "setup": setup,
        "lint": lint,
        "bench": bench,
        "soak": soak,
        "screenshots": screenshots,
        "lock": lock,
    }
    # Where nothing compiled is kept, every start compiles five hundred modules: seconds each time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command, *passed = argv or ["run"]
    if command not in commands:
        print(USAGE)
        return 0 if command in ("-h", "--help", "help") else 2
    try:
        return commands[command](passed)
    except subprocess.CalledProcessError as failed:
        print(f"dev.py {command} stopped: {' '.join(failed.cmd[:5])} … failed", file=sys.stderr)
        return failed.returncode


def run(passed: Sequence[str]) -> int:
    """Install what the product needs, then become the server; passes --port, --no-demo, --database-url on."""
    address = os.environ.get("STOCKROOM_DATABASE_URL", "")
    on_postgres = any("postgres" in part for part in (address, *passed))
    install(POSTGRES_LOCK if on_postgres else RUNTIME_LOCK)
    flags = [flag for flag in passed if flag != "--no-demo"]
    demo = [] if "--no-demo" in passed else ["--demo"]
    return _become(venv_python(), "-m", "stockroom", "run", *demo, *flags)


def test(passed: Sequence[str], scale: str = "1") -> int:
    """Install what the tests need and run them on two workers; what follows `test` goes to pytest."""
    install(DEV_LOCK)
    alone = any(flag.startswith("-n") or flag == "--pdb" for flag in passed)
    workers = () if alone else ("-n", "2", "--dist", "worksteal")
    environment = os.environ | {"STOCKROOM_TEST_SCALE": os.environ.get("STOCKROOM_TEST_SCALE", scale)}
    with _quick_folder() as folder:
        given = environment | ({"TMPDIR": folder} if folder else {})
        return _python("-m", "pytest", *workers, *passed, environment=given)


@contextmanager
def _quick_folder() -> Iterator[str | None]:
    """A folder in memory, where the machine has room: thousands of small databases wait for no disk there.

    Its name tells who made it, so that what a run left that was killed goes with the next one.
    """
    memory = Path("/dev/shm")  # noqa: S108  a folder of an unforeseeable name is made in it
    roomy = memory.is_dir() and shutil.disk_usage(memory).free >= MEMORY_BYTES_MIN
    if "TMPDIR" in os.environ or not roomy:
        yield None
        return
    for left in memory.glob("stockroom-test-*-*"):
        if not Path("/proc", left.name.split("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(
        prefix=f"stockroom-test-{os.getpid()}-", dir=memory, ignore_cleanup_errors=True
    ) as made:
        Path(made).chmod(0o711)  # PostgreSQL, which will not run as root, passes through
        yield made


def setup(passed: Sequence[str]) -> int:
    """Only install: the runtime set, or the development set with --dev."""
    if passed not in ([], ["--dev"]):
        sys.exit("dev.py setup takes --dev or nothing")
    install(DEV_LOCK if passed else RUNTIME_LOCK)
    return 0


def soak(passed: Sequence[str]) -> int:
    """Run the same tests with many times the examples, threads and histories."""
    return test(["--timeout=3600", *passed], scale=SOAK_SCALE)


def lint(_passed: Sequence[str]) -> int:
    """Check style, format, types and floors; reports all four before it fails."""
    install(DEV_LOCK)
    checks = (
        ("-m", "ruff", "check", "."),
        ("-m", "ruff", "format", "--check", "."),
        ("-m", "mypy"),
        ("-c", "from importlinter.cli import lint_imports_command as floors; floors()", "--no-logo"),
    )
    codes = [_python(*check) for check in checks]
    return int(any(codes))


def bench(passed: Sequence[str]) -> int:
    """Run the benchmarks; they need the servers and drivers of the development set."""
    install(DEV_LOCK)
    return _python("-m", "bench", *passed)


def screenshots(passed: Sequence[str]) -> int:
    """Draw every page of a small demo in Chromium; what follows is the folder and a part of the pages' names."""
    install(DEV_LOCK)
    return _python("-m", "tests.browser.screenshots", *passed)


def lock(_passed: Sequence[str]) -> int:
    """Resolve pyproject.toml again into the lock files, for every platform, with no host written down."""
    tools = VENV / "lock-tools"
    uv = tools / ("Scripts/uv.exe" if os.name == "nt" else "bin/uv")
    if not uv.exists():
        _call(*_make_venv(tools), "install", "-qq", "--disable-pip-version-check", "uv")
    form = ["--quiet", "--upgrade", "--universal", "--python-version", "3.11", "--generate-hashes"]
    form += ["--no-emit-index-url", "--no-header"]
    extras: dict[str, tuple[str, ...]] = {
        RUNTIME_LOCK: (),
        POSTGRES_LOCK: ("--extra=postgres", "-c", RUNTIME_LOCK),
        DEV_LOCK: ("--extra=postgres", "--extra=dev", "--extra=e2e", "-c", POSTGRES_LOCK),
    }
    for name, chosen in extras.items():
        _call(uv, "pip", "compile", "pyproject.toml", *form, *chosen, "-o", name)
        if "://" in (ROOT / name).read_text(encoding="utf-8"):
            sys.exit(f"{name} names a host; take the link out of pyproject.toml and lock again")
    return 0


def install(lock_name: str) -> None:
    """Make `.venv` hold what the lock names, or return at once when it already does."""
    if any(_stamped(held) for held in (lock_name, *SUPERSETS[lock_name])):
        return
    print(
        f"Installing {lock_name} into {VENV.name} (once, about half a minute) …", file=sys.stderr, flush=True
    )
    pip = _make_venv(VENV)
    _call(
        *pip,
        "install",
        "-qq",
        "--disable-pip-version-check",
        "--require-hashes",
        "--no-deps",
        "-r",
        lock_name,
    )
    _stamp(lock_name).write_text(_digest(lock_name), encoding="ascii")


def venv_python(venv: Path = VENV) -> Path:
    """The interpreter inside a virtual environment, on this platform."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


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


def _stamped(lock_name: str) -> bool:
    stamp = _stamp(lock_name)
    whole = stamp.exists() and venv_python().exists()
    return whole and stamp.read_text(encoding="ascii") == _digest(lock_name)


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
    sys.exit(main(sys.argv[1:]))
