"""What does a WSGI server import?  `wsgi:app`, for gunicorn in front of PostgreSQL."""

from __future__ import annotations

from config import load_settings
from stockroom.app import claim_single_process, create_app

app = create_app(load_settings())
claim_single_process(app)
