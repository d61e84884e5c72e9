"""Runs commands of this program as processes of their own, each on its own cores."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class ChildFailed(RuntimeError):
    """A command that did not succeed; the message is its reason, in one line."""


class Children:
    """At most `jobs` commands at a time.

    Args:
        program: what comes before a command's own arguments.
        jobs: how many at a time.
        threads: cores of each; where there are enough of them, each command keeps to its own.
    """

    def __init__(self, program: Sequence[str], jobs: int, threads: int) -> None:
        self._program = list(program)
        self._threads = threads
        self._alive: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._stopped = False
        self._cores: queue.Queue[frozenset[int]] = queue.Queue()
        for cores in _shares(jobs, threads):
            self._cores.put(cores)

    def run(self, arguments: Sequence[str], log: Path | None = None) -> str:
        """Run a command to its end.

        Args:
            arguments: of the command.
            log: a file that what it says is added to.

        Returns:
            What it printed on stdout.

        Raises:
            ChildFailed: with the last line that it said.
        """
        cores = self._cores.get()
        try:
            out, err, code = self._run(arguments, cores)
        finally:
            self._cores.put(cores)
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("a", encoding="utf-8") as file:
                file.write(err + out)
        if code:
            raise ChildFailed(_reason(err, out, code))
        return out

    def _run(self, arguments: Sequence[str], cores: frozenset[int]) -> tuple[str, str, int]:
        environment = {**os.environ, **dict.fromkeys(_THREADS, str(self._threads)), "COLUMNS": "200"}
        with self._lock:
            if self._stopped:
                raise ChildFailed("stopped")
            child = subprocess.Popen(
                [*self._program, *arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True, errors="replace", env=environment,
            )  # fmt: skip
            self._alive.add(child)
        try:
            if cores and hasattr(os, "sched_setaffinity"):
                os.sched_setaffinity(child.pid, cores)
            out, err = child.communicate()
        except ProcessLookupError:  # it ended before it could be sent to its cores
            out, err = child.communicate()
        finally:
            with self._lock:
                self._alive.discard(child)
        return out, err, child.returncode

    def stop(self) -> None:
        """Ask what runs to end, and start nothing more; a training keeps its last whole epoch."""
        with self._lock:
            self._stopped = True
            for child in self._alive:
                child.terminate()


def _shares(jobs: int, threads: int) -> list[frozenset[int]]:
    """Disjoint sets of cores, one for each job; empty ones, which stand for any core, where there are too few."""
    here = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(here) < jobs * threads:
        return [frozenset()] * jobs
    return [frozenset(here[n * threads : (n + 1) * threads]) for n in range(jobs)]


def _reason(err: str, out: str, code: int) -> str:
    lines = [line.strip() for line in (out + "\n" + err).splitlines() if line.strip()]
    told = next((line for line in reversed(lines) if line.startswith("error: ")), lines[-1] if lines else "")
    if code < 0:
        return f"ended by signal {-code}" + (f" ({told})" if told else "")
    return told.removeprefix("error: ") or f"exit code {code}"
