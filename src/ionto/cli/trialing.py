"""SHELL. Play the chunks of a trial on processes of this machine or on a dask cluster, and keep what is done.

Each finished chunk is a small file, so that a run that was killed goes on where it was. The files belong to one trial,
one seed and one state of the model; any other is refused. Results do not depend on who played which chunk.
"""

from __future__ import annotations

import io
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ionto.cli.files import ERR
from ionto.simulate.chunk import Chunk, Counted, chunks_of, counted, mark_of
from ionto.simulate.trial import Trial
from ionto.words.reading import DocumentError, Fault

Advance = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Work:
    """One chunk of one trial, as it goes to whoever plays it."""

    trial: Trial
    chunk: Chunk
    seed: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The folder of finished chunks of one run."""

    folder: Path

    def path(self, chunk: Chunk) -> Path:
        return self.folder / f"{chunk.name}.npz"

    def read(self, chunk: Chunk) -> Counted | None:
        """The chunk as it was kept; None when it is not there, or damaged."""
        try:
            found = np.load(io.BytesIO(self.path(chunk).read_bytes()), allow_pickle=False)
            return Counted(found["values"], found["sweat"], found["hdss"])
        except (OSError, ValueError, EOFError, KeyError, BadZipFile):
            return None

    def write(self, chunk: Chunk, done: Counted) -> None:
        """Whole or not at all, whenever the run is killed."""
        unfinished = self.path(chunk).with_suffix(f".{os.getpid()}")
        with unfinished.open("wb") as file:
            np.savez(file, values=done.values, sweat=done.sweat_sum_mg_per_min, hdss=done.hdss_sum_score)
        unfinished.replace(self.path(chunk))


def kept_in(folder: Path, trial: Trial, seed: int) -> Kept:
    """The finished chunks of this trial and seed in a folder, which is made when it is not there.

    Raises
    ------
    DocumentError
        When the folder cannot be written, or holds the chunks of another trial, seed or model.
    """
    mark, file = mark_of(trial, seed), folder / "chunks" / "mark.txt"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_text(mark, "utf-8")
        elif file.read_text("utf-8") != mark:
            why = "holds the chunks of another trial, seed or version; name another folder or remove its chunks"
            raise DocumentError([Fault("--out", why)])
    except OSError as error:
        raise DocumentError([Fault("--out", f"cannot be written: {(error.strerror or 'unknown').lower()}")]) from None
    return Kept(file.parent)


def play(
    trial: Trial,
    people_count: int,
    seed: int,
    *,
    workers_count: int,
    address: str | None = None,
    kept: Kept | None = None,
) -> dict[str, list[Counted]]:
    """Every chunk of every arm, in order. Those that were kept are not played again."""
    chunks = list(chunks_of(trial, people_count))
    done = {chunk: found for chunk in chunks if kept and (found := kept.read(chunk)) is not None}
    works = [Work(trial, chunk, seed) for chunk in chunks if chunk not in done]
    playing = _played(works, workers_count, address)
    with _progress(trial, len(chunks), len(done)) as advance:
        for work, found in playing:
            done[work.chunk] = found
            if kept:
                kept.write(work.chunk, found)
            advance()
    return {arm.id: [done[chunk] for chunk in chunks if chunk.arm_number == n] for n, arm in enumerate(trial.arms)}


def play_work(work: Work) -> Counted:
    """Play one chunk, wherever this runs."""
    return counted(work.trial, work.chunk, work.seed)


def _played(works: Sequence[Work], workers_count: int, address: str | None) -> Iterator[tuple[Work, Counted]]:
    if not works:
        return iter(())
    if address is not None:
        return _on_dask(works, address)
    if workers_count == 1 or len(works) == 1:
        return ((work, play_work(work)) for work in works)
    return _on_processes(works, workers_count)


def _on_processes(works: Sequence[Work], workers_count: int) -> Iterator[tuple[Work, Counted]]:
    pool = ProcessPoolExecutor(
        min(workers_count, len(works)), mp_context=get_context("spawn"), initializer=_begin_worker
    )
    try:
        running = {pool.submit(play_work, work): work for work in works}
        for future in as_completed(running):
            yield running.pop(future), future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin_worker() -> None:
    """A worker leaves Ctrl-C to its parent, and leaves with it: else it would wait for work for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        watch = threading.Thread(target=lambda: (wait([parent.sentinel]), os._exit(1)), daemon=True)
        watch.start()


def _on_dask(works: Sequence[Work], address: str) -> Iterator[tuple[Work, Counted]]:
    """The same chunks on a cluster; what a lost worker had is played by another.

    Raises
    ------
    DocumentError
        When dask is not installed, or no scheduler answers.
    """
    try:
        from distributed import Client
        from distributed import as_completed as as_dask_completes
    except ImportError:
        why = "dask is not installed; install ionto[dask] here and on every worker"
        raise DocumentError([Fault("--dask", why)]) from None
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError, TypeError):
        raise DocumentError([Fault("--dask", f"no dask scheduler answers at {address}")]) from None

    def played() -> Iterator[tuple[Work, Counted]]:
        with client:
            futures = client.map(play_work, works, pure=False)
            work_of = {future.key: work for future, work in zip(futures, works, strict=True)}
            for future, found in as_dask_completes(futures, loop=client.loop, with_results=True):
                yield work_of[future.key], found

    return played()


@contextmanager
def _progress(trial: Trial, chunks_count: int, done_count: int) -> Iterator[Advance]:
    """How far the trial is and how long it may take, on standard error; and whether it goes on from a run before."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=ERR, transient=not ERR.is_terminal) as shown:
        if done_count:
            shown.console.print(f"{done_count} of {chunks_count} chunks were kept from a run before.")
        task = shown.add_task(trial.id, total=chunks_count, completed=done_count)
        yield lambda: shown.advance(task)
