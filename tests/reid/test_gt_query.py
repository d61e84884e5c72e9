"""Our right and junk pictures against the lists that the makers of Market-1501 publish (`gt_query/*.mat`).

`NAME_good.mat` holds `good_index`, `NAME_junk.mat` holds `junk_index`: numbers, from 1, of the pictures of
`bounding_box_test` in the order of their names. The junk of identity -1, which is everyone's, is in no list: the
makers' code adds it. An empty list is written as a lone 0.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from reid.evaluation.protocols import open_trial
from reid.evaluation.ranking import JUNK, right_and_junk

REAL = os.environ.get("REIDPIPE_MARKET1501")


def compare(root: Path) -> int:
    """Check every query's lists; how many queries there were."""
    trial = open_trial("market1501", root)
    query, gallery = trial.labels
    names = [sample.path.name for sample in trial.gallery]
    place = {name: number for number, name in enumerate(sorted(names), 1)}  # how the makers number them
    numbers = np.array([place[name] for name in names])
    for which, sample in enumerate(trial.query):
        right, junk = right_and_junk(query, which, gallery)
        assert junk[gallery.identities == JUNK].all()
        junk = junk & (gallery.identities != JUNK)
        for kind, ours in (("good", right), ("junk", junk)):
            name = sample.path.name.split(".")[0]
            theirs = loadmat(root / "gt_query" / f"{name}_{kind}.mat")[f"{kind}_index"].ravel()
            theirs = theirs[theirs != 0] if len(theirs) == 1 else theirs
            assert sorted(numbers[ours].tolist()) == sorted(theirs.astype(int).tolist()), (sample.path.name, kind)
    return len(trial.query)


@pytest.fixture
def market(tmp_path):
    """Six pictures to find and two queries, of which one file has the odd ending, with lists made by hand."""
    gallery = [
        "-1_c1s1_000401_03.jpg",  # 1
        "0000_c1s1_000151_01.jpg",  # 2
        "0001_c1s1_000301_00.jpg",  # 3
        "0001_c1s2_000301_00.jpg",  # 4
        "0001_c3s1_000301_00.jpg",  # 5
        "0002_c1s1_000301_00.jpg",  # 6
    ]
    for folder, names in (
        ("bounding_box_test", gallery),
        ("query", ["0001_c1s1_000001_00.jpg", "0002_c6s1_000001_00.jpg.jpg"]),
    ):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / name).write_bytes(b"x")
    lists = tmp_path / "gt_query"
    lists.mkdir()
    for name, good, junk in (("0001_c1s1_000001_00", [5], [3, 4]), ("0002_c6s1_000001_00", [6], [0])):
        savemat(lists / f"{name}_good.mat", {"good_index": np.array([good], float)})
        savemat(lists / f"{name}_junk.mat", {"junk_index": np.array([junk], float)})
    return tmp_path


def test_a_miniature_of_the_official_lists(market):
    assert compare(market) == 2


@pytest.mark.parametrize(("kind", "wrong"), [("good", [3, 5]), ("junk", [3]), ("junk", [3, 4, 6]), ("good", [])])
def test_the_comparison_notices_a_difference(market, kind, wrong):
    savemat(market / f"gt_query/0001_c1s1_000001_00_{kind}.mat", {f"{kind}_index": np.array([wrong], float)})
    with pytest.raises(AssertionError, match="0001_c1s1"):
        compare(market)


@pytest.mark.skipif(not REAL, reason="set REIDPIPE_MARKET1501 to the folder of Market-1501")
def test_the_official_lists_of_every_query():
    assert REAL is not None
    assert compare(Path(REAL)) == 3368
