"""The words of the field: terms, units, limits, records and evidence. Everything else is written in them."""
