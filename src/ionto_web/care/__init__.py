"""Care: persons, their record, and the pages over it."""
