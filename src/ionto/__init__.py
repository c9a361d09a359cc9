"""ionto: the open iontophoresis therapy system for hyperhidrosis.

What we know about a patient is a fold over what happened to them; what we do next is a pure function of what we know.
Five functions carry it, in the order of the patient's way:

    consult    who may be treated, and why not
    prescribe  a protocol made personal, under limits that only go down
    advance    one treatment session, event by event
    update     what is known about the person after each fact
    recommend  the next session date, and why

ionto is not a certified medical device.
"""

__version__ = "0.1.0"
