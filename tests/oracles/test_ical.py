"""The calendar feed as ical.js reads it, the engine of a widely used mail program, in a summer-time country."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from ionto.exchange.feed import Publication, feed_of, revised, sessions_wanted

from .conftest import npm_package

ICAL = ("ical.js", "2.2.1", "36482280d62cc50f0adddb0587612cff32b96df18eb9e2071ec9929c2e7b3107")
READ = """
const ICAL = require(process.argv[1]);
const calendar = new ICAL.Component(ICAL.parse(require("fs").readFileSync(0, "utf8")));
const events = calendar.getAllSubcomponents("vevent").map(each => new ICAL.Event(each));
console.log(JSON.stringify(events.map(event => [
  event.uid, event.startDate.toJSDate().getTime() / 1000, event.endDate.toJSDate().getTime() / 1000, event.sequence,
])));
"""


def read_by_ical_js(home: Path, content: bytes) -> list[list[object]]:
    if shutil.which("node") is None:
        pytest.skip("no node: apt-get install -y --no-install-recommends nodejs")
    read = subprocess.run(
        ["node", "-e", READ, str(home / "dist" / "ical.es5.cjs")],
        input=content,
        capture_output=True,
        check=True,
        env={**os.environ, "TZ": "America/New_York"},
    )
    found: list[list[object]] = json.loads(read.stdout)
    return found


def test_another_reader_reads_the_same_moments_across_the_summer_time_change() -> None:
    days = [date(2027, 3, day) for day in (27, 28, 29)] + [date(2027, 10, day) for day in (30, 31)]
    wanted = sessions_wanted("palms", days, held_count=3, duration_min=25, title="Session")
    now = datetime(2027, 3, 20, tzinfo=UTC)
    publication = revised(
        Publication(), wanted, today=now.date(), now=now, zone=ZoneInfo("Europe/Berlin"), time_of_day=time(18, 30)
    )
    content = feed_of(publication, calendar_id=UUID(int=7), name="Sessions")
    ours = [
        [str(event["uid"]), event.decoded("dtstart").timestamp(), event.decoded("dtend").timestamp(), 0]
        for event in Calendar.from_ical(content).walk("VEVENT")
    ]
    assert read_by_ical_js(npm_package(*ICAL), content) == ours
    assert len(ours) == len(days)
