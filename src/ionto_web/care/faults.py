"""What the server writes of a fault of its own: which address by its name, and where in the code.

Nothing that anybody sent or has on record is written, and no secret that stands in an address.
"""

from __future__ import annotations

import logging
import traceback


class FaultFormatter(logging.Formatter):
    """A fault as lines of the server's log."""

    def format(self, record: logging.LogRecord) -> str:
        request = getattr(record, "request", None)
        match = getattr(request, "resolver_match", None)
        asked = f"{request.method} {match.view_name}" if request and match else "a request"
        error = record.exc_info[1] if record.exc_info else None
        said = f"{self.formatTime(record)} {asked} broke."
        while error is not None:
            # The kind alone: the words of an error may quote the record.
            said += f"\n{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__)).rstrip()}"
            error = error.__cause__ or error.__context__
        return said
