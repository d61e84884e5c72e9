"""An ingest that is killed at any moment, and the gallery that comes of it."""

import multiprocessing as mp
import os
import random
import signal
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from gallery_contents import contents
from ingest_parts import film_street, ingestor

from pipeline.gallery import Gallery
from pipeline.ingest import Progress
from pipeline.video import probe

KILLS = 20


def work(path: Path, gallery: Path, tell: Connection) -> None:
    """What the process that is killed does; it tells when it comes to frames that are new."""

    def on_progress(progress: Progress) -> None:
        if not progress.resuming:
            tell.send(progress.frames_done)
            time.sleep(0.01)  # or a fast machine would be done before it can be killed

    with Gallery.open(gallery, create=True) as opened:
        ingestor(opened).ingest(probe(path), on_progress)


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> mp.context.ForkServerContext:
    """Processes that have everything imported, but have done nothing yet."""
    here = Path(__file__).parent
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(here), str(here.parent.parent)]))
    context = mp.get_context("forkserver")
    context.set_forkserver_preload(["ingest_parts", "faiss"])
    return context


def test_twenty_kills_change_nothing(tmp_path: Path, forks: mp.context.ForkServerContext) -> None:
    path = film_street(tmp_path / "street.mp4")
    with Gallery.open(tmp_path / "whole", create=True) as opened:
        ingestor(opened).ingest(probe(path))
        undisturbed = contents(opened)
    dice = random.Random(20)
    stages = set()
    kills = rounds = 0
    while kills < KILLS:
        rounds += 1
        killed = tmp_path / f"killed {rounds}"
        while kills < KILLS and run_and_kill(forks, path, killed, dice):
            kills += 1
            with Gallery.open(killed, create=True) as opened:
                assert opened.verify() == []
                stages |= {(record.frames_done, record.tracklets) for record in opened.footage()}
        with Gallery.open(killed) as opened:
            ingestor(opened).ingest(probe(path))
            assert contents(opened) == undisturbed
            assert opened.verify() == []
    assert len(stages) >= 3  # or the kills would have met the same moment time and again


def run_and_kill(forks: mp.context.ForkServerContext, path: Path, gallery: Path, dice: random.Random) -> bool:
    """Whether it could be killed before it was done."""
    hear, tell = forks.Pipe(duplex=False)
    process = forks.Process(target=work, args=(path, gallery, tell))
    process.start()
    tell.close()
    if dice.random() < 0.75:  # after it has begun to do something new; else at any time at all
        with suppress(EOFError):
            hear.recv()
        time.sleep(dice.uniform(0, 0.25))
    else:
        time.sleep(dice.uniform(0, 0.6))
    process.kill()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0
