"""SHELL. The command line: documents in, one document or a readable picture out.

Exit status: 0 success; 2 wrong input, one sentence per fault on standard error; 3 a rule refuses, and the document says
which; 1 a fault of ours.
"""

from ionto.cli.main import main

__all__ = ["main"]
