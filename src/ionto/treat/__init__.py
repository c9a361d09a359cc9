"""Treat: one session, from the contact check to zero current, safe whatever happens.

`advance(session, event)` is the session; `runner.run_session` gives it a clock, a device and a journal; `replay` reads
a journal back into the same session.
"""
