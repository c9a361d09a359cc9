"""`python -m django remind`: sends the reminders that are due, once a minute, or once."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ionto_web.care.outbox import EVERY_S, sweep


class Command(BaseCommand):
    help = "Plans and sends the reminders that are due. Any number of workers may run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="once, instead of every minute")

    def handle(self, *_args: Any, once: bool, **_options: Any) -> None:
        while True:
            count = sweep()
            if once:
                self.stdout.write(f"{count} sent")
                return
            time.sleep(EVERY_S)
