"""`reidpipe keypoints`: find the body keypoints of a data set's pictures, once, for training with aligned strips."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from detectors.types import PoseEstimator
    from reid.data.keypoints import KeypointStore
    from reid.types import PersonSample

AT_A_TIME = 64
KEPT_EVERY = 16  # so many times AT_A_TIME pictures are lost at most if the command is interrupted


@click.command()
@click.argument("data", metavar="NAME:PATH")
@click.option("--split", "splits", multiple=True, default=("train",), show_default=True, help="Of the set; repeat.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The .npz file.")
@click.option("--pose", default="yolo11n-pose", show_default=True, help="A name, weights, or package.module:function.")
@click.option("--runtime", type=click.Choice(["auto", "torch", "openvino"]), default="auto", show_default=True)
def keypoints(data: str, splits: tuple[str, ...], out: Path, pose: str, runtime: str) -> None:
    """Find the body keypoints of a data set's pictures and keep them in a file.

    The file may hold several data sets and splits: what it knows already stays, and is not looked at again. Networks
    with strips learn from it with `keypoints: true` in their YAML, and are measured with it.

    \b
    Examples:
      reidpipe keypoints market1501:data/market1501 --out keypoints.npz
      reidpipe keypoints market1501:data/market1501 --split query --split gallery --out keypoints.npz
      reidpipe train configs/image/strip_lstm_aligned.yaml --data keypoints:keypoints.npz ...
    """
    from detectors.registry import open_pose
    from pipeline.cli import render
    from pipeline.cli.counting import counting
    from pipeline.errors import ConfigError, ModelError
    from reid.data import datasets
    from reid.data.keypoints import KeypointStore, picture_name

    name, colon, path = data.partition(":")
    if not colon or not name or not path:
        raise ConfigError(f"{data!r}: expected NAME:PATH, such as market1501:/data/market1501")
    try:
        samples = [sample for split in splits for sample in datasets.load(name, path, split)]
        store = KeypointStore.load(out) if out.exists() else KeypointStore.empty()
        fresh = [sample for sample in samples if picture_name(sample) not in store.rows]
        out.parent.mkdir(parents=True, exist_ok=True)
    except (ValueError, OSError) as error:
        raise ConfigError(str(error)) from None
    try:
        estimator = open_pose(pose, runtime=runtime)
    except (ValueError, FileNotFoundError) as error:
        raise ModelError(str(error)) from None
    with counting(name, len(fresh)) as advance:
        store = _estimate(estimator, fresh, store, out, advance)
    seen = sum(bool(points[:, 2].any()) for points in store.of(samples))
    render.say(f"{seen:,} of {len(samples):,} pictures show a body; {len(store):,} pictures in {out}")


def _estimate(
    estimator: PoseEstimator, fresh: list[PersonSample], store: KeypointStore, out: Path, advance: Callable[[int], None]
) -> KeypointStore:
    """Add pictures to a store and its file, which is written now and then.

    Raises:
        ConfigError: if a picture cannot be read, or the file cannot be written.
    """
    import numpy as np

    from pipeline.errors import ConfigError
    from reid.data.pictures import read_rgb

    try:
        for start in range(0, len(fresh), AT_A_TIME * KEPT_EVERY):
            part = fresh[start : start + AT_A_TIME * KEPT_EVERY]
            points, heights = [], []
            for first in range(0, len(part), AT_A_TIME):
                images = [read_rgb(sample.path) for sample in part[first : first + AT_A_TIME]]
                found = estimator.estimate(images)
                points.append(np.concatenate([found.xy, found.confidence[..., None]], axis=2))
                heights += [image.shape[0] for image in images]
                advance(len(images))
            store = store.with_these(part, np.concatenate(points), np.array(heights, np.float32))
            store.write(out)
    except (ValueError, OSError) as error:
        raise ConfigError(str(error)) from None
    return store
