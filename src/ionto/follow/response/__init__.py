"""The response model: prior, transition and observation, learned from facts as a belief, and the forecast from it."""

from ionto.follow.response.belief import Belief, believed_after, prior_belief, update
from ionto.follow.response.forecast import forecast

__all__ = ["Belief", "believed_after", "forecast", "prior_belief", "update"]
