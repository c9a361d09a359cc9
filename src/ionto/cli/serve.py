"""SHELL. `ionto serve`: the web site. The only place that reaches ionto_web."""

from __future__ import annotations

import argparse
from typing import Any

from ionto.words.reading import DocumentError, Fault


def add_to(commands: Any) -> None:
    parser = commands.add_parser("serve", help="the web site", allow_abbrev=False)
    parser.add_argument("--demo", action="store_true", help="with a clinic of virtual patients in mid-course")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--db", metavar="URL", help="sqlite:///PATH; a file in the data folder when left out")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    from ionto_web.serve import serve

    if not 0 < chosen.port < 65536:
        raise DocumentError([Fault("--port", f"{chosen.port} is not a port between 1 and 65535")])
    try:
        serve(host=chosen.host, port=chosen.port, database=chosen.db, demo=chosen.demo)
    except ValueError as error:
        raise DocumentError([Fault("", str(error))]) from None
    return 0
