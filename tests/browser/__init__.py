"""The main tasks in a real Chromium, at a served demo clinic."""
