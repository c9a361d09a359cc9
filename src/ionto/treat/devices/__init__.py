"""Devices: each a current source (`ionto.treat.source`), tested by one conformance suite."""
