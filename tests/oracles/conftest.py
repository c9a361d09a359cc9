"""Programs that nobody here wrote, against which ours are held; taken from their registry once, into .oracles."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

CACHE = Path(__file__).parents[2] / ".oracles"
# Renderer of FHIR Questionnaires by the U.S. National Library of Medicine.
LFORMS = ("lforms", "40.1.3", "288cff4360e8a90a44e994a01422d2cf970170000ce915b5739ccc383097edd9")


@pytest.fixture(scope="session")
def lforms() -> Path:
    """The folder of the built files of lforms; skips if it cannot be had."""
    return npm_package(*LFORMS) / "dist" / "lforms"


def npm_package(name: str, version: str, sha256: str) -> Path:
    """The unpacked package from npm. A package of other content than was pinned fails the test."""
    home = CACHE / f"{name}-{version}"
    if not home.exists():
        if shutil.which("npm") is None:
            pytest.skip(f"no npm, so {name} cannot be had: apt-get install -y --no-install-recommends npm")
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            packed = pack(name, version, Path(folder))
            assert hashlib.sha256(packed.read_bytes()).hexdigest() == sha256, f"{packed.name} is not what was pinned"
            with tarfile.open(packed) as archive:
                archive.extractall(folder, filter="data")
            if not home.exists():  # another worker may have been quicker
                (Path(folder) / "package").rename(home)
    return home


def pack(name: str, version: str, folder: Path) -> Path:
    command = ["npm", "pack", "--silent", "--fetch-retries=0", "--pack-destination", str(folder), f"{name}@{version}"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not give {name}@{version} in time")
    packed = list(folder.glob("*.tgz"))
    if ended.returncode or not packed:
        pytest.skip(f"npm cannot give {name}@{version}")
    return packed[0]
