"""The response model: prior, transition and observation, folded over facts into a belief, and the forecast from it."""

from ionto.follow.response.belief import Belief, prior_belief, update
from ionto.follow.response.forecast import forecast

__all__ = ["Belief", "forecast", "prior_belief", "update"]
