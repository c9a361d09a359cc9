"""Simulate: the skin in its bath as an electrical circuit, and the virtual patient whose glands it treats.

`circuit` is what a current source feels over seconds; `patient` is how a person sweats over weeks. Both are
mechanistic, pure and seeded by the caller, and neither knows the response model that is judged on them.
"""
