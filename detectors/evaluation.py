"""Measures detection and tracking against truth: recall and precision, identity switches, fragments, MOTA, IDF1.

Sources: Bernardin and Stiefelhagen, "Evaluating Multiple Object Tracking Performance: The CLEAR MOT Metrics", EURASIP
JIVP 2008 (matching, switches, MOTA); Milan et al., "MOT16", arXiv:1603.00831, section 4 (fragments); Ristani et al.,
"Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking", ECCV 2016 workshops (IDF1).

Truth that nobody could be asked to find, such as a person who is all but hidden, may be marked as not required: it may
be found or not, and counts neither way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from detectors.boxes import iou
from detectors.types import Floats, Ints, Mask, check_shape


@dataclass(frozen=True, slots=True, eq=False)
class TruthFrame:
    """What is there and what was found in one frame.

    Attributes:
        truth: (N, 4) float32 true boxes.
        found: (M, 4) float32 detected or tracked boxes.
        truth_ids: (N,) int64 who each true box is, once each; only needed for tracks.
        found_ids: (M,) int64 track of each found box, once each; only needed for tracks.
        required: (N,) bool, False for truth that need not be found; None requires all.
    """

    truth: Floats
    found: Floats
    truth_ids: Ints | None = None
    found_ids: Ints | None = None
    required: Mask | None = None

    def __post_init__(self) -> None:
        check_shape("TruthFrame.truth", self.truth, (None, 4))
        check_shape("TruthFrame.found", self.found, (None, 4))
        for name, ids, boxes in (("truth", self.truth_ids, self.truth), ("found", self.found_ids, self.found)):
            if ids is None:
                continue
            check_shape(f"TruthFrame.{name}_ids", ids, (len(boxes),))
            if len(np.unique(ids)) != len(ids):
                raise ValueError(
                    f"TruthFrame.{name}_ids: an identity occurs twice in one frame: {sorted(ids.tolist())}"
                )
        if self.required is not None:
            check_shape("TruthFrame.required", self.required, (len(self.truth),))

    @property
    def must(self) -> Mask:
        """(N,) bool: which truth has to be found."""
        return np.ones(len(self.truth), bool) if self.required is None else self.required


@dataclass(frozen=True, slots=True)
class DetectionScore:
    """Counts over all frames.

    Attributes:
        truth: true boxes that had to be found.
        matched: how many of them were.
        false_positives: found boxes that match no truth, required or not.
    """

    truth: int
    matched: int
    false_positives: int

    @property
    def recall(self) -> float:
        """Share of the required truth that was found; 1 if there is none."""
        return self.matched / self.truth if self.truth else 1.0

    @property
    def precision(self) -> float:
        """Share of the found boxes that are right; 1 if nothing was found."""
        found = self.matched + self.false_positives
        return self.matched / found if found else 1.0


@dataclass(frozen=True, slots=True)
class TrackScore:
    """Counts over all frames.

    Attributes:
        detection: the counts of boxes, tracks aside.
        switches: how often a person's track changed to another one (IDSW), gaps in between or not.
        fragments: how often a person's track broke off and was taken up again, by whichever track.
        people: true identities that had to be found at least once.
        tracks: tracks in all.
        idf1: F1 of boxes under the best one-to-one pairing of people and tracks over the whole footage, 0..1.
    """

    detection: DetectionScore
    switches: int
    fragments: int
    people: int
    tracks: int
    idf1: float

    @property
    def mota(self) -> float:
        """1 - (misses + false positives + switches) / truth; negative if there are more errors than truth."""
        if not self.detection.truth:
            return 1.0
        misses = self.detection.truth - self.detection.matched
        return 1 - (misses + self.detection.false_positives + self.switches) / self.detection.truth


def match_boxes(truth: Floats, found: Floats, *, min_iou: float = 0.5, wanted: Floats | None = None) -> Ints:
    """Pair boxes greedily, those that overlap most first, each box at most once.

    Args:
        truth: (N, 4).
        found: (M, 4).
        min_iou: overlap (intersection over union) from which a pair may be made.
        wanted: (N, M) added to the overlap when the order is made, for pairs to be preferred; they need the overlap
            all the same.

    Returns:
        (N,) int64: for each true box the found one, or -1.
    """
    pairs = np.full(len(truth), -1, np.int64)
    if not len(truth) or not len(found):
        return pairs
    overlap = iou(truth, found)
    order = overlap if wanted is None else overlap + wanted
    taken = np.zeros(len(found), bool)
    for flat in np.argsort(-order, axis=None, kind="stable"):
        row, column = divmod(int(flat), len(found))
        if overlap[row, column] >= min_iou and pairs[row] < 0 and not taken[column]:
            pairs[row] = column
            taken[column] = True
    return pairs


def score_detections(frames: Iterable[TruthFrame], *, min_iou: float = 0.5) -> DetectionScore:
    """Recall and precision of found boxes; ids are not looked at."""
    total = DetectionScore(0, 0, 0)
    for frame in frames:
        total = _add(total, frame, _match_required_first(frame, min_iou, None))
    return total


def score_tracks(frames: Iterable[TruthFrame], *, min_iou: float = 0.5) -> TrackScore:
    """Switches, fragments, MOTA and IDF1 of tracks; frames in the order of time.

    A pair of the frame before is kept while it overlaps enough, before new pairs are made (CLEAR MOT, section 2.2): a
    track that is only a little further off than its neighbour is not taken for a switch.

    Raises:
        ValueError: if a frame has no ids.
    """
    last: dict[int, int] = {}  # person -> the track that followed it last
    missed: set[int] = set()  # people followed earlier and missed since
    people: set[int] = set()
    together: Counter[tuple[int, int]] = Counter()
    lengths: Counter[int] = Counter()  # boxes per track, those on truth that is not required aside
    total, switches, fragments = DetectionScore(0, 0, 0), 0, 0

    for frame in frames:
        if frame.truth_ids is None or frame.found_ids is None:
            raise ValueError("tracks are scored by identity: every frame needs truth_ids and found_ids")
        must = frame.must
        kept = np.array([[last.get(int(p)) == int(t) for t in frame.found_ids] for p in frame.truth_ids], np.float32)
        # 2 is more than any overlap
        pairs = _match_required_first(frame, min_iou, 2 * kept.reshape(len(frame.truth), len(frame.found)))
        total = _add(total, frame, pairs)
        people.update(frame.truth_ids[must].tolist())

        for person, column, needed in zip(frame.truth_ids.tolist(), pairs.tolist(), must.tolist(), strict=True):
            if column < 0:
                if needed and person in last:
                    missed.add(person)
                continue
            track = int(frame.found_ids[column])
            switches += last.get(person, track) != track
            fragments += person in missed
            missed.discard(person)
            last[person] = track

        excused = set(pairs[~must].tolist())
        lengths.update(int(track) for column, track in enumerate(frame.found_ids) if column not in excused)
        if must.any() and len(frame.found):
            rows, columns = np.nonzero(iou(frame.truth[must], frame.found) >= min_iou)
            who = frame.truth_ids[must]
            near = zip(rows.tolist(), columns.tolist(), strict=True)
            together.update((int(who[r]), int(frame.found_ids[c])) for r, c in near if c not in excused)

    boxes = total.truth + lengths.total()
    idf1 = 2 * _best_pairing(together) / boxes if boxes else 1.0
    return TrackScore(total, switches, fragments, len(people), len(lengths), idf1)


def _match_required_first(frame: TruthFrame, min_iou: float, kept: Floats | None) -> Ints:
    """As `match_boxes`; truth that need not be found only gets what the required truth leaves."""
    bonus = np.zeros((len(frame.truth), len(frame.found)), np.float32) if kept is None else kept.copy()
    bonus[frame.must] += 4  # more than any overlap and bonus of the others
    return match_boxes(frame.truth, frame.found, min_iou=min_iou, wanted=bonus)


def _add(total: DetectionScore, frame: TruthFrame, pairs: Ints) -> DetectionScore:
    must = frame.must
    return DetectionScore(
        truth=total.truth + int(must.sum()),
        matched=total.matched + int((pairs[must] >= 0).sum()),
        false_positives=total.false_positives + len(frame.found) - int((pairs >= 0).sum()),
    )


def _best_pairing(together: Mapping[tuple[int, int], int]) -> int:
    """Most boxes that people and tracks can share if each person gets at most one track, and the reverse."""
    if not together:
        return 0
    rows = {person: row for row, person in enumerate(sorted({person for person, _ in together}))}
    columns = {track: column for column, track in enumerate(sorted({track for _, track in together}))}
    counts = np.zeros((len(rows), len(columns)), np.int64)
    for (person, track), count in together.items():
        counts[rows[person], columns[track]] = count
    return int(counts[linear_sum_assignment(counts, maximize=True)].sum())
