"""Exchange: what leaves ionto for other programs, in their own formats."""
