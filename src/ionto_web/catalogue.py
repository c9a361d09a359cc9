"""The message catalogues: kept in git as text (`locale/*/LC_MESSAGES/django.po`), compiled by Babel when the site
starts, so that nobody needs GNU gettext."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = Path(__file__).resolve().parent / "locale"


def compiled(source: Path, to: Path) -> Path:
    """The folder with every catalogue of `source` compiled, under `to`, named by what the catalogues say.

    Raises
    ------
    babel.messages.pofile.PoFileError
        When a catalogue is not a catalogue.
    """
    texts = {path.relative_to(source): path.read_bytes() for path in sorted(source.glob("*/LC_MESSAGES/*.po"))}
    folder = to / sha256(b"\0".join(texts.values())).hexdigest()[:16]
    for name, text in texts.items():
        wanted = (folder / name).with_suffix(".mo")
        if not wanted.exists():
            wanted.parent.mkdir(parents=True, exist_ok=True)
            # Written aside and moved: another process may look for it now.
            with NamedTemporaryFile(dir=wanted.parent, delete=False) as file:
                write_mo(file, read_po(text.decode("utf-8").splitlines(keepends=True), abort_invalid=True))
            os.replace(file.name, wanted)  # noqa: PTH105 - one step, on every system
    return folder
