"""Which page leads a hands-free session on a connected device, and whether it is still there.

Its stop is all that somebody has whose hands are in the water. A page that is not heard any more can stop nothing, so
the current goes down to zero without it, as the device itself does when nobody speaks to it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from ionto.treat.guards import STALE_S

# How often a page says that it is there, and after how long a silence it counts as gone [IONTO]. A phone's radio may
# sleep for a second or two; somebody who has lost their stop button must not wait much longer.
BEAT_S = 1.0
SILENT_S = 5.0
# So long a page counts down before the device begins, for both limbs to get into the water [IONTO].
LEAD_IN_S = 20.0


@dataclass(slots=True)
class Lead:
    """The page that leads, by the name that its browser gave itself, and when it was last heard.

    >>> lead = Lead(page="phone", heard_at_s=0.0)
    >>> lead.beat("laptop", 1.0), lead.beat("phone", 2.0), lead.is_silent(7.5), lead.beat("laptop", 7.5)
    (False, True, True, True)
    """

    page: str
    heard_at_s: float
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def beat(self, page: str, now_s: float) -> bool:
        """Whether the page that says that it is there leads. Where the one that led is gone, it does from now on."""
        with self._lock:
            if page != self.page and not self.is_silent(now_s):
                return False
            self.page, self.heard_at_s = page, now_s
            return True

    def is_silent(self, now_s: float) -> bool:
        return now_s - self.heard_at_s > SILENT_S


def is_stale(read_s: float, session_s: float, seen_ago_s: float) -> bool:
    """Whether a reading of that moment is too old to be shown as what flows: by the limit at which the session itself
    no longer believes it, counting how long ago the session was last seen.

    >>> is_stale(10.0, 10.2, 0.1), is_stale(10.0, 10.0, 1.3)
    (False, True)
    """
    return session_s - read_s + seen_ago_s > STALE_S
