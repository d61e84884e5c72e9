"""All that a gallery tells, to compare two of them."""

from pathlib import Path

import numpy as np

from pipeline.gallery import Gallery


def contents(gallery: Gallery) -> list[object]:
    """Everything that a gallery holds, but for the moment at which it was told."""
    told: list[object] = []
    for record in gallery.footage():
        told.append((record.id, record.info.sha256, record.settings, record.complete, record.frames_done))
        told.append((record.seconds_done, record.frames_decoded, record.corrupt_packets, record.tracklets))
    people = gallery.tracklets(range(1, gallery.count() + 1))
    for tracklet in people:
        told.append((tracklet.id, tracklet.number, tracklet.start_s, tracklet.end_s, tracklet.times, tracklet.boxes))
        told += [(c.time_s, c.frame_index, c.box, c.quality, Path(c.path).read_bytes()) for c in tracklet.crops]
        told.append(Path(tracklet.scene).read_bytes())
    for kind, space in sorted(gallery.spaces().items()):
        probes = np.eye(space.dim, dtype=np.float32)
        told.append((kind, space, gallery.search(space, probes, 5) if people else None))
        told += [gallery.scores(space, row, range(1, gallery.count() + 1)).tobytes() for row in probes]
    told.append(sorted(str(p.relative_to(gallery.path)) for p in (gallery.path / "media").rglob("*")))
    return told
