"""SHELL. `python -m ionto.cli`."""

import sys

from ionto.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
