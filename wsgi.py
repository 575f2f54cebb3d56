"""What does a WSGI server import?  `wsgi:app`, for gunicorn in front of PostgreSQL."""

from __future__ import annotations

import gc

gc.disable()  # a start makes what stays: looking for garbage meanwhile takes a third of its time

from config import load_settings  # noqa: E402
from stockroom.app import claim_single_process, configure_logging, create_app  # noqa: E402

configure_logging()
settings = load_settings()
server_lock = claim_single_process(settings)
app = create_app(settings)
gc.collect()
gc.freeze()  # what lives as long as the process is not searched for garbage again and again
gc.set_threshold(20_000, 20, 20)  # as in cli/serving.py, and why
gc.enable()
