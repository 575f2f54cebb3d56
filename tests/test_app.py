"""Is the application put together as the settings say, on our own engine, and only on a database it knows?"""

from __future__ import annotations

from pathlib import Path

import pytest

from config import SettingsUnfit, load_settings
from stockroom.app import SecondProcess, claim_single_process, create_app, release_single_process, store_of
from stockroom.db.base import db
from stockroom.db.migrating import RevisionUnknown
from tests.serving import serve, settings_for

STRONG = {
    "STOCKROOM_ENV": "production",
    "STOCKROOM_PUBLIC_URL": "https://stock.example.test",
    "STOCKROOM_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
    "STOCKROOM_PASSWORD_SALT": "zyxwvutsrqponmlkjihgfedcba9876543210",
    "STOCKROOM_INSTALLATION_KEY": bytes(range(32)).hex(),
}


def test_flask_sqlalchemy_uses_our_engine_with_its_pragmas(sqlite_url: str, tmp_path: Path) -> None:
    app = create_app(settings_for(sqlite_url, tmp_path))

    with app.app_context():
        assert db.engine is store_of(app).engine
        assert db.session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
        assert db.session.connection().exec_driver_sql("PRAGMA synchronous").scalar_one() >= 2
    store_of(app).engine.dispose()


def test_a_database_of_another_version_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(RevisionUnknown):
        create_app(settings_for(f"sqlite:///{tmp_path / 'empty.sqlite'}", tmp_path))


def test_one_process_serves_a_sqlite_file(sqlite_url: str, tmp_path: Path) -> None:
    settings = settings_for(sqlite_url, tmp_path)
    first = claim_single_process(settings)

    with pytest.raises(SecondProcess):
        claim_single_process(settings)
    release_single_process(first)

    release_single_process(claim_single_process(settings))


def test_many_processes_serve_postgres(tmp_path: Path) -> None:
    settings = settings_for("postgresql+psycopg://somewhere/stockroom", tmp_path)

    assert claim_single_process(settings) is None


@pytest.mark.parametrize("missing", [name for name in STRONG if name != "STOCKROOM_ENV"])
def test_production_draws_no_secret_and_serves_https_only(tmp_path: Path, missing: str) -> None:
    given = {"STOCKROOM_INSTANCE": str(tmp_path), **STRONG}
    assert load_settings(environment=given).is_https

    del given[missing]

    with pytest.raises(SettingsUnfit) as unfit:
        load_settings(environment=given)
    assert unfit.value.setting == missing


def test_settings_never_show_their_secrets(tmp_path: Path) -> None:
    shown = repr(load_settings(environment={"STOCKROOM_INSTANCE": str(tmp_path), **STRONG}))

    assert STRONG["STOCKROOM_SECRET_KEY"] not in shown
    assert STRONG["STOCKROOM_PASSWORD_SALT"] not in shown
    assert "installation_key" not in shown


def test_an_explicit_database_wins_over_the_environment(tmp_path: Path) -> None:
    given = {"STOCKROOM_INSTANCE": str(tmp_path), "STOCKROOM_DATABASE_URL": "sqlite:////tmp/other"}

    assert load_settings(environment=given).database_url == "sqlite:////tmp/other"
    assert (
        load_settings(database_url="sqlite:////tmp/x", environment=given).database_url == "sqlite:////tmp/x"
    )


def test_forwarded_headers_count_only_behind_a_known_proxy(sqlite_url: str, tmp_path: Path) -> None:
    served = serve(sqlite_url, tmp_path, trusted_proxies=1, public_url="https://stock.example.test")
    client = served.app.test_client()

    sent = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "stock.example.test"}
    answer = client.get("/login", headers=sent)

    assert "Secure" in answer.headers["Set-Cookie"]
    served.store.engine.dispose()
