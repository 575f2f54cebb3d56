"""Does a minute of coverage-guided search find a text that breaks the reading of scans?"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = 60
ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None and not os.environ.get("CI"),
    reason="atheris has no wheel for this platform",
)
@pytest.mark.timeout(0)
def test_no_bytes_break_the_reading_of_scans(tmp_path: Path, scale: int) -> None:
    from tests.fuzz.scan_target import write_seeds

    corpus = tmp_path / "corpus"
    corpus.mkdir()
    seeds = write_seeds(corpus)

    limit = f"-max_total_time={SECONDS * scale}"
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.scan_target", limit, f"-artifact_prefix={tmp_path}/", str(corpus)],
        cwd=ROOT, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip

    done = re.search(r"Done (\d+) runs in (\d+) second", ran.stderr)
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert done, ran.stderr[-3000:]
    print(f"{done[1]} executions in {done[2]} s from {seeds} seeds, {len(list(corpus.iterdir()))} kept")
    assert int(done[1]) > seeds
