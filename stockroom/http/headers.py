"""Which headers does every answer carry, whatever happened?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request
from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

STATIC_PATHS = ("/static/", "/bootstrap/static/", "/api/v1/docs/files/")
"""What is the same for everybody and may be kept by a browser."""

REPORTS_TO = "/policy-reports"
"""Where a browser says what the policy kept it from (web/policy_reports.py)."""


def _policy() -> ContentSecurityPolicy:
    return (
        ContentSecurityPolicy()
        .default_src("'self'")
        .img_src("'self'", "data:")  # the pictures inside Bootstrap's own style sheet
        .object_src("'none'")
        .base_uri("'none'")
        .form_action("'self'")
        .frame_ancestors("'none'")
        .report_uri(REPORTS_TO)
    )


def _headers(is_https: bool) -> Secure:
    year = 365 * 24 * 3600
    return Secure(
        csp=_policy(),
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        hsts=StrictTransportSecurity().max_age(year).include_subdomains() if is_https else None,
        permissions=PermissionsPolicy().camera("self").geolocation().microphone().payment().usb(),
        referrer=ReferrerPolicy().same_origin(),
        xcto=XContentTypeOptions().nosniff(),
        xfo=XFrameOptions().deny(),
    )


def protect(app: Flask, *, is_https: bool) -> None:
    """Put the security headers, the request id and the caching rule on every answer of `app`."""
    app.wsgi_app = _with_headers(app.wsgi_app, _headers(is_https).header_items())  # type: ignore[method-assign,assignment]

    @app.after_request
    def _protect(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.path.startswith(STATIC_PATHS) and response.status_code in (200, 304):
            response.headers["Cache-Control"] = "public, max-age=3600"
        else:
            response.headers["Cache-Control"] = "no-store"
        return response


def _with_headers(answer: WSGIApplication, headers: Sequence[tuple[str, str]]) -> WSGIApplication:
    """Put the same headers on whatever an application answers, as the server takes them."""

    def wsgi_app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, own: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, [*own, *headers], *error)

        return answer(environ, start)

    return wsgi_app
