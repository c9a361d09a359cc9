"""What the running session says of keys, only where there are any."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from ionto_web.care.forms.session import CHECKS

from .conftest import opened
from .phone import person_with

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(200),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]
# As Chromium numbers them: no hover and a finger, a finger that is said to hover, a mouse.
PHONE, PHONE_THAT_HOVERS, DESK = (1, 2), (2, 2), (2, 4)


@pytest.mark.parametrize(
    ("hover_and_pointer", "width", "are_told"),
    [(PHONE, 390, False), (PHONE_THAT_HOVERS, 390, False), (PHONE_THAT_HOVERS, 1280, True), (DESK, 1280, True)],
)
def test_keys_are_told_only_where_there_is_a_keyboard(
    address: str, *, hover_and_pointer: tuple[int, int], width: int, are_told: bool
) -> None:
    person, client = person_with(device="simulated"), Client()
    assert person.user is not None
    client.force_login(person.user)
    ticked = {f"check-{check.key}": "on" for check in CHECKS} | {"site": "palms", "speed_ratio": "1"}
    session = client.post(reverse("prepare", args=[person.code]), ticked)["Location"]
    kinds = zip(("Hover", "Pointer"), hover_and_pointer, strict=True)
    settings = ",".join(f"primary{kind}Type={said},available{kind}Types={said}" for kind, said in kinds)
    with opened() as launch:
        context = launch(f"--blink-settings={settings}").new_context(viewport={"width": width, "height": 844})
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])
        page = context.new_page()
        page.goto(address + session)
        expect(page.locator("#stop")).to_be_visible()
        told = page.locator("kbd, .with-keys")
        assert told.count() >= 6
        assert any(each.is_visible() for each in told.all()) is are_told
        expect(page.get_by_text("Space, Esc or s also stops.")).to_be_visible(visible=are_told)
        context.close()
