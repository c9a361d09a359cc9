"""Hazards: what may go wrong with a treatment, as data, and a rehearsal that plays it with its control and without.

`hazards()` reads the table; `skins.virtual_skins` draws the skins it is played on; `rehearsal` plays one scenario on
one skin and measures what really flowed; `suite` plays all of them and says which promise was broken.
"""
