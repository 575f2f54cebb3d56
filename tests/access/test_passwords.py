"""Is a password kept as dearly as is advised, wherever it is set?  Asked of an interpreter that no test has hurried."""

from __future__ import annotations

import json
import subprocess
import sys

ASKED = """
import json
from stockroom.access.logging_in import SETTINGS
from stockroom.access.passwords import hash_password
options = SETTINGS["SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS"]
print(json.dumps([hash_password("three green ampoules", salt="salt"), options]))
"""


def test_a_password_costs_more_than_the_floor_of_owasp_and_is_not_renewed_at_log_in() -> None:
    told = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)

    hashed, at_log_in = json.loads(told.stdout)

    kind, _, cost = hashed.split("$")[1:4]
    memory, time, lanes = (int(part.partition("=")[2]) for part in cost.split(","))
    assert kind == "argon2id"
    assert memory >= 19 * 1024 and time >= 2 and lanes >= 1
    assert at_log_in == {
        "argon2__memory_cost": memory,
        "argon2__time_cost": time,
        "argon2__parallelism": lanes,
    }
