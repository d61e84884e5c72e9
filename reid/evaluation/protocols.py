"""Which pictures are queries, which are the gallery, and what counts: one published protocol per data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reid.data import datasets
from reid.evaluation.ranking import Labels, labels
from reid.types import PersonSample


@dataclass(frozen=True, slots=True)
class Trial:
    """A measurement that is ready to be made.

    Attributes:
        name: the data set.
        query: the pictures that are searched with.
        gallery: the pictures that are searched in.
        drop_same_camera: whether the query's person in the query's own camera is junk.
        notices: what to tell beside the figures, such as an incomplete folder.
    """

    name: str
    query: tuple[PersonSample, ...]
    gallery: tuple[PersonSample, ...]
    drop_same_camera: bool = True
    notices: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if not self.query or not self.gallery:
            raise ValueError(f"{self.name}: expected queries and a gallery, got {len(self.query)}, {len(self.gallery)}")

    @property
    def labels(self) -> tuple[Labels, Labels]:
        """Labels of query and gallery."""
        return sample_labels(self.query), sample_labels(self.gallery)


def sample_labels(samples: Sequence[PersonSample]) -> Labels:
    """Labels of listed pictures."""
    return labels((sample.identity, sample.camera) for sample in samples)


def market1501(root: Path) -> Trial:
    """Market-1501, single query: 3,368 queries of 750 people against 19,732 pictures, 3,819 of them junk.

    Source: Zheng et al., "Scalable Person Re-identification: A Benchmark", ICCV 2015.
    """
    return _query_and_gallery("market1501", root)


def cuhk03_labeled(root: Path) -> Trial:
    """CUHK03, boxes drawn by hand, by the protocol of 767/700 people: 1,400 queries against 5,328 pictures.

    Source: Zhong et al., "Re-ranking Person Re-identification with k-reciprocal Encoding", CVPR 2017, section 5.1. The
    older protocol of 20 random halves with one picture a person in the gallery (Li et al., CVPR 2014) is not offered.
    """
    return _query_and_gallery("cuhk03_labeled", root)


def cuhk03_detected(root: Path) -> Trial:
    """CUHK03, boxes found by a detector, by the protocol of 767/700 people: 1,400 queries against 5,332 pictures."""
    return _query_and_gallery("cuhk03_detected", root)


def msmt17(root: Path) -> Trial:
    """MSMT17: 11,659 queries of 3,060 people against 82,161 pictures.

    Source: Wei et al., "Person Transfer GAN to Bridge Domain Gap for Person Re-identification", CVPR 2018.
    """
    return _query_and_gallery("msmt17", root)


def viper(root: Path) -> Trial:
    """VIPeR, all of it: 632 pictures of camera a against 632 of camera b.

    Source: Gray et al., "Evaluating Appearance Models for Recognition, Reacquisition, and Tracking", PETS 2007. Most
    papers train on one half and measure on the other, 316 against 316; the whole is for encoders that never saw it.
    """
    return _query_and_gallery("viper", root)


def prid(root: Path) -> Trial:
    """PRID 2011 single shot: the 200 people that both cameras saw, in camera a, against all 749 of camera b.

    Source: Hirzer et al., "Person Re-Identification by Descriptive and Discriminative Classification", SCIA 2011. As
    for VIPeR nobody is held back for training: papers that train on 100 of the people measure 100 against 649.
    """
    return _query_and_gallery("prid", root)


def grid(root: Path) -> Trial:
    """QMUL GRID: 250 people against their 250 second pictures and 775 distractors.

    Source: Loy et al., "Multi-camera Activity Correlation Analysis", CVPR 2009. Papers that train on 125 of the people
    measure 125 against 900.
    """
    return _query_and_gallery("grid", root)


PROTOCOLS: Mapping[str, Callable[[Path], Trial]] = {
    "market1501": market1501,
    "cuhk03_labeled": cuhk03_labeled,
    "cuhk03_detected": cuhk03_detected,
    "msmt17": msmt17,
    "viper": viper,
    "prid": prid,
    "grid": grid,
}


def open_trial(name: str, root: Path | str) -> Trial:
    """The published protocol of a data set.

    Raises:
        ValueError: if there is none by that name, or the folder is not that data set.
        FileNotFoundError: if the folder, or one in it, is missing or empty.
    """
    if name not in PROTOCOLS:
        raise ValueError(f"no protocol for {name!r}; known are {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name](Path(root).expanduser())


def _query_and_gallery(name: str, root: Path) -> Trial:
    query, gallery = (datasets.load(name, root, split) for split in ("query", "gallery"))
    notices = (datasets.shortfall(name, "query", query), datasets.shortfall(name, "gallery", gallery))
    return Trial(name, tuple(query), tuple(gallery), notices=tuple(notice for notice in notices if notice))
