"""Page 5: the diary."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ionto.follow.alerts import RED, alerts_for
from ionto.follow.recommendation import Alert
from ionto.words.records import DayFact
from ionto.words.terms import Site, Wetness
from ionto_web.care import actions
from ionto_web.care.access import NOT_THE_DIARYS, diary_entry_for, may_withdraw, person_for
from ionto_web.care.course import diary_sites, fact_from, facts_as_seen, felt_on
from ionto_web.care.forms.diary import DiaryForm
from ionto_web.care.models import FactRecord, Person

RECENT_COUNT = 20


@require_http_methods(["GET", "POST"])
@login_required
def diary(request: HttpRequest, code: str) -> HttpResponse:
    person = person_for(request.user, code)
    sites = diary_sites(person)
    now = timezone.localtime(timezone.now()).replace(second=0, microsecond=0)
    form = DiaryForm(
        request.POST if request.method == "POST" else None,
        sites=sites,
        zone=person.zone,
        initial={"at": now, "site": sites[0].value},
    )
    if request.method == "POST" and form.is_valid():
        actions.keep_facts(person, form.facts(), by=request.user)
        messages.success(request, _("Saved. Thank you."))
        return redirect("diary", code=person.code)
    shown = {
        "person": person,
        "tab": "diary",
        "sites": sites,
        "form": form,
        "taps": _tapped_today(person, sites),
        "recent": _recent(person),
        "alerts": _red(person, sites),
    }
    return render(request, "care/diary.html", shown, status=422 if form.is_bound else 200)


@require_POST
@login_required
def tap(request: HttpRequest, code: str) -> HttpResponse:
    """One tap: how it is now."""
    person = person_for(request.user, code)
    site, felt = request.POST.get("site"), request.POST.get("felt")
    if site not in diary_sites(person) or felt not in list(Wetness):
        raise Http404
    actions.keep_facts(person, [DayFact(site=Site(site), at=timezone.now(), felt=Wetness(felt))], by=request.user)
    return _list_or_page(request, person, _("Saved."))


@require_POST
@login_required
def withdraw(request: HttpRequest, code: str, fact_id: int) -> HttpResponse:
    """An entry that was a mistake."""
    person = person_for(request.user, code)
    if person.facts.filter(pk=fact_id, withdrawal__isnull=False).exists():
        return _list_or_page(request, person, _("This was taken back already."))
    fact = diary_entry_for(person, fact_id)
    if not may_withdraw(request.user, fact):
        return _list_or_page(
            request, person, _("This entry stops the treatment. Only your dermatologist takes it back.")
        )
    actions.withdraw_fact(fact, by=request.user)
    return _list_or_page(request, person, _("Taken back."))


def _list_or_page(request: HttpRequest, person: Person, said: str) -> HttpResponse:
    if request.htmx:
        taps = _tapped_today(person, diary_sites(person))
        shown = {"person": person, "recent": _recent(person), "said": said, "taps": taps, "oob": True}
        return render(request, "care/_after_tap.html", shown)
    messages.success(request, said)
    return redirect("diary", code=person.code)


def _tapped_today(person: Person, sites: list[Site]) -> list[tuple[Site, list[tuple[Wetness, bool]]]]:
    """Each place with its three answers, and whether that was the last one given today."""
    last = felt_on(person, person.today)
    return [(site, [(felt, last.get(site) is felt) for felt in Wetness]) for site in sites]


def _red(person: Person, sites: list[Site]) -> list[Alert]:
    """What stops the treatment somewhere, each said once: whoever writes it down is told at once."""
    facts = list(facts_as_seen(person))
    found = [each for site in sites for each in alerts_for(site, facts, person.today, zone=person.zone)]
    return list(dict.fromkeys(alert for alert in found if alert.level in RED))


def _recent(person: Person) -> list[tuple[FactRecord, object]]:
    kept = person.facts.filter(withdrawal=None).exclude(kind__in=NOT_THE_DIARYS)[:RECENT_COUNT]
    return [(record, fact_from(record.body)) for record in kept]
