"""What a phone keeps of one person is cleared when they sign out, erase their record, or somebody else signs in on it.

The hands-free page is kept so that it opens without a network, and what it wrote until it is sent. A browser clears
both when an answer says `Clear-Site-Data`; Safari not when that answer leads on, and browsers before it not at all. So
somebody who would be led on sees a page first, which clears by a script as well. Whose phone it is, a cookie says, by a
keyed hash that means nothing elsewhere.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import render, resolve_url
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.deprecation import MiddlewareMixin

WHOSE, UNSENT = "ionto_whose", "ionto_unsent"
LASTS_S = 400 * 24 * 3600
ALL = '"cache", "storage"'
# Under these addresses lies what may have been somebody else's to read, or may be gone.
MAY_GO = ("/led/", "/shared/")


class WhosePhone(MiddlewareMixin):
    """Stands after the one that knows who is signed in."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        request.signed_in_before = request.user.is_authenticated  # type: ignore[attr-defined]
        # A session that is open or not sent yet would be lost with the rest: that is said first.
        if not _signs_out(request) or UNSENT not in request.COOKIES or "even_so" in request.POST:
            return None
        return render(request, "care/unsent.html", status=409)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not hasattr(request, "signed_in_before"):
            return response
        if not request.user.is_authenticated:
            return _cleared(request, response) if request.signed_in_before else response
        mine, before = _hash_of(request.user.pk), request.COOKIES.get(WHOSE)
        if before is not None and not constant_time_compare(before, mine):
            response = _cleared(request, response)
        if before != mine:
            response.set_cookie(WHOSE, mine, max_age=LASTS_S, httponly=True, samesite="Lax", secure=request.is_secure())
        if response.status_code in (404, 410) and request.path.startswith(MAY_GO):
            response.headers.setdefault("Clear-Site-Data", '"cache"')
        elif request.path.startswith("/shared/"):
            # Somebody else's record: not even the back button keeps it.
            response["Cache-Control"] = "no-store"
        # A page of somebody is kept by nothing between the site and their browser, which asks before it shows it again.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def clear(response: HttpResponse) -> None:
    """Nothing of it stays in this browser."""
    response["Clear-Site-Data"] = ALL
    response.delete_cookie(WHOSE)
    response.delete_cookie(UNSENT)


def _cleared(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer with what clears the browser; in place of one that leads a person on, a page that does it first."""
    if isinstance(response, HttpResponseRedirectBase) and "text/html" in request.headers.get("Accept", ""):
        page = render(request, "care/clearing.html", {"to": response.url})
        page["Cache-Control"] = "no-store"
        page.cookies.update(response.cookies)
        response = page
    clear(response)
    return response


def _signs_out(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path == resolve_url("account_logout")


def _hash_of(user_id: object) -> str:
    return salted_hmac("ionto.whose", str(user_id), algorithm="sha256").hexdigest()[:32]
