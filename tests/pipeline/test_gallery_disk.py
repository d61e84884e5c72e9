"""pipeline.gallery: on a disk without room a commit fails with a clear word, and all that was stored stays sound."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from storage_samples import (
    LOOKS,
    SPACES,
    content,
    enlarge,
    fill,
    frames,
    info,
    mount_small,
    tracklet,
    unmount,
    vector,
)

from pipeline.errors import DiskFull
from pipeline.gallery import Gallery


@pytest.fixture(params=["small disk", "small files"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """A folder with room for little, and what gives it more.

    It is a file system of 2 MB; where that cannot be had, and to see to quotas, files may not exceed 400 kB.
    """
    folder = tmp_path / "disk"
    folder.mkdir()
    if request.param == "small disk" and mount_small(folder, "2m"):
        yield folder, lambda: enlarge(folder, "8m")
        unmount(folder)
        return
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, limits[1]))
    yield folder, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def _batches_until_full(gallery: Gallery, footage_id: int, people: int, side: int) -> tuple[int, str]:
    """Commits batch after batch until there is no room; returns how many were stored, and what was said then."""
    for stored in range(5000):
        batch = [tracklet("door", people * stored + n, 2.0 * stored, side=side) for n in range(1, people + 1)]
        try:
            gallery.commit(footage_id, frames(4 * stored), batch)
        except DiskFull as error:
            return stored, str(error)
    return 5000, ""


# pictures fill the disk while media are written, small pictures or none while rows are
@pytest.mark.parametrize(("people", "side"), [(10, 60), (25, 1), (0, 1)])
def test_a_full_disk(room: tuple[Path, Callable[[], None]], people: int, side: int) -> None:
    folder, more_room = room
    with Gallery.open(folder / "g", create=True) as gallery:
        fill(gallery, "yard", 2)
        record = gallery.begin(info("door"), settings="s1", spaces=SPACES)
        stored, said = _batches_until_full(gallery, record.id, people, side)
        assert stored > 0
        assert said.startswith("no room left on the disk of")
        assert "\n" not in said

        assert gallery.verify() == []
        seen = gallery.get_footage("door.mp4")
        assert (seen.frames_done, seen.tracklets) == (4 * stored, people * stored)
        assert len(list((gallery.path / "media" / seen.info.sha256).glob("*"))) == 3 * seen.tracklets
        assert len(gallery.search(LOOKS, vector(1)[None], 9999)[0]) == 2 + seen.tracklets
        before = content(gallery)
    with Gallery.open(folder / "g") as gallery:
        assert content(gallery) == before
        if not people:  # there are no pictures whose room could be used
            more_room()
        assert gallery.remove(seen.id) == seen.tracklets
        assert gallery.verify() == []
        assert fill(gallery, "hall", 3).complete
        assert gallery.verify() == []
        assert gallery.count() == 5


def test_going_on_when_there_is_room_again(room: tuple[Path, Callable[[], None]]) -> None:
    folder, more_room = room
    with Gallery.open(folder / "g", create=True) as gallery:
        record = gallery.begin(info("door"), settings="s1", spaces=SPACES)
        stored, _ = _batches_until_full(gallery, record.id, 10, 40)
    more_room()
    with Gallery.open(folder / "g") as gallery:
        again = gallery.begin(info("door"), settings="s1", spaces=SPACES)
        assert (again.id, again.tracklets) == (record.id, 10 * stored)
        gallery.commit(again.id, frames(4 * stored), [tracklet("door", 10 * stored + 1)])
        assert gallery.finish(again.id, frames_decoded=1, corrupt_packets=0).tracklets == 10 * stored + 1
        assert gallery.verify() == []
