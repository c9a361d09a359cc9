"""SHELL. The commands and how they end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from ionto import __version__
from ionto.words.reading import DocumentError

Command = Callable[[argparse.Namespace], int]


class OneSentenceParser(argparse.ArgumentParser):
    """An argument parser that says what is wrong in one sentence, without the usage text."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2)


# Which module holds a command; only what is asked for is imported, so that a short answer starts quickly.
COMMANDS = {
    "consult": "consult",
    "plan": "plan",
    "treat": "treat",
    "replay": "treat",
    "hazards": "hazards",
    "advise": "advise",
    "trial": "trial",
    "serve": "serve",
}


def parser(asked: str | None = None) -> argparse.ArgumentParser:
    """The parser of one command, or of every command when none that exists is asked for."""
    top = OneSentenceParser(
        prog="ionto",
        description="The open iontophoresis therapy system for hyperhidrosis. Not a certified medical device.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"ionto {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=OneSentenceParser)
    wanted = [COMMANDS[asked]] if asked in COMMANDS else dict.fromkeys(COMMANDS.values())
    for name in wanted:
        import_module(f"ionto.cli.{name}").add_to(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    said = sys.argv[1:] if arguments is None else list(arguments)
    chosen = parser(said[0] if said else None).parse_args(said)
    run: Command = chosen.run
    try:
        return run(chosen)
    except DocumentError as error:
        for fault in error.faults:
            print(f"ionto {chosen.command}: {fault}", file=sys.stderr)  # noqa: T201
        return 2
    except BrokenPipeError:
        # Whoever was reading has seen enough; the interpreter must not complain about it when it flushes.
        sys.stdout = None
        return 0
