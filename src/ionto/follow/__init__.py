"""Follow: what is known about the person after each fact, and the next session date.

update(belief, fact)                              -> Belief
recommend(belief, prescription, today, ...)       -> Recommendation
"""
