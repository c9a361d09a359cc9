"""The pages. Each view reads: who may, what, do, go."""
