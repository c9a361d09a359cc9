"""The same trial on a dask cluster of processes over TCP, one of which is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ionto.cli import main

pytest.importorskip("distributed")

# Its own process, as a cluster is: prints its address, then the process ids of its workers whenever asked.
CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        print(cluster.scheduler_address, *(worker.pid for worker in cluster.workers.values()), flush=True)
        sys.stdin.read()
"""
TRIAL = "kar02"


def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(tmp_path: Path) -> None:
    people = ("--patients", "6000", "--json")
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER, "utf-8")
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=quiet, text=True
    ) as cluster:
        assert cluster.stdin is not None
        assert cluster.stdout is not None
        address, first, _ = cluster.stdout.readline().split()
        assert address.startswith("tcp://127.0.0.1:")
        out = tmp_path / "dask"
        command = [sys.executable, "-m", "ionto.cli", "trial", TRIAL, *people, "--dask", address, "--out", str(out)]
        with subprocess.Popen(command, stdout=quiet, stderr=subprocess.PIPE, text=True) as running:
            until_s = time.monotonic() + 60
            while not list(out.glob("chunks/*.npz")) and time.monotonic() < until_s and running.poll() is None:
                time.sleep(0.005)
            done_count = len(list(out.glob("chunks/*.npz")))
            os.kill(int(first), signal.SIGKILL)
            _, err = running.communicate(timeout=90)
        cluster.stdin.close()
    assert running.returncode == 0, err
    assert 1 <= done_count < 3
    assert main(["trial", TRIAL, *people, "--workers", "1", "--out", str(tmp_path / "here")]) == 0
    for name in ("result.json", "end_points.csv", "course.svg", "end_points.svg", "report.md"):
        assert out.joinpath(name).read_bytes() == tmp_path.joinpath("here", name).read_bytes()


def test_a_cluster_that_is_not_there_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trial", TRIAL, "--dask", "nowhere"]) == 2
    assert capsys.readouterr().err.startswith("ionto trial: --dask: no dask scheduler answers at nowhere")
