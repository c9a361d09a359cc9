"""A page that was left open until its person was signed out: that what it sends is lost, and how to go on."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

SIGNED_OUT = _("You had been signed out, so nothing was saved just now. Sign in, then please do it again.")
OLD_PAGE = _("This page had been open for too long, so nothing was saved just now. Please do it again.")
# The questions keep what is typed, and say themselves that it is not saved.
KEEPS_WHAT_IS_TYPED = "draft"


class LeftOpen(MiddlewareMixin):
    """What is sent without being signed in leads, over the sign-in page, back to the page that it was sent from.

    The address itself may only take what is sent, and would have nothing to show.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        sign_in = resolve_url("account_login")
        is_sent_away = response.status_code == 302 and urlsplit(response["Location"]).path == sign_in
        # A script that sends in the background sees the sign-in page, and says so in its own words.
        is_script = "application/json" in (request.content_type, request.headers.get("Accept"))
        if request.method != "POST" or not is_sent_away or request.path == sign_in or is_script:
            return response
        if request.htmx and not may_be_left(request):
            return response
        messages.error(request, SIGNED_OUT)
        address = f"{sign_in}?{urlencode({'next': _sent_from(request)})}"
        if request.htmx:
            return HttpResponseClientRedirect(address)
        response["Location"] = address
        return response


def may_be_left(request: HttpRequest) -> bool:
    """Whether this was sent by htmx, from a page that loses nothing when it is loaded again."""
    return bool(request.htmx) and request.htmx.target != KEEPS_WHAT_IS_TYPED


def _sent_from(request: HttpRequest) -> str:
    """The path of the page that this was sent from, if it is one of ours."""
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}):
        return urlsplit(referer).path
    return reverse("start")
