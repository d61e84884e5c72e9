"""The synthetic people of the package `openpeople` (MIT): found, cut out of their grey studio, and measured.

Each person's character sheet shows four full-length views in a white T-shirt and shorts. `landmarks.json` holds the
body joints of every view (found once with YOLO11n-pose, looked over by eye), in pixels of the cut panel.
"""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

PANEL_LEFT = {"front": 64, "left": 658, "back": 1252, "right": 1846}
PANEL_TOP, PANEL_WIDTH, PANEL_HEIGHT, FRAME = 871, 490, 771, 8
JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


class SourceMissing(RuntimeError):
    """The pictures of the synthetic people are not on this machine."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One person from one side, cut out.

    Attributes:
        facing: "front", "back" or "side"; a side view always looks to the right.
        rgb: (H, W, 3) float32 in 0..1, the grey of the studio replaced near the outline.
        alpha: (H, W) float32 in 0..1.
        joints: for each name of JOINTS a (2, 2) array: the person's joint at the left and at the right of the picture
            (both rows equal in a side view).
    """

    facing: str
    rgb: Floats
    alpha: Floats
    joints: dict[str, Floats]


def find_people(folder: Path | None) -> Path:
    """The folder with P001 .. P010: the one given, or that of the installed package `openpeople`."""
    if folder is None:
        spec = importlib.util.find_spec("openpeople")
        if spec is None or spec.origin is None:
            raise SourceMissing("the synthetic people are missing: pip install openpeople, or name --people FOLDER")
        folder = Path(spec.origin).parent / "data" / "curated"
    if not (folder / "P001" / "assets" / "character_sheet.jpg").is_file():
        raise SourceMissing(f"{folder}: no P001/assets/character_sheet.jpg in it")
    return folder


def _studio(rgb: Floats) -> Floats:
    """The empty grey backdrop, row by row from the two edges of the panel."""
    left, right = np.median(rgb[:, 4:48], axis=1), np.median(rgb[:, -48:-4], axis=1)
    across = np.linspace(0, 1, rgb.shape[1], dtype=np.float32)[None, :, None]
    backdrop = left[:, None] * (1 - across) + right[:, None] * across
    return np.asarray(cv2.GaussianBlur(backdrop.astype(np.float32), (1, 31), 0), np.float32)


def _limb(shape: tuple[int, ...], points: list[Floats], radius: float) -> NDArray[np.bool_]:
    """The pixels closer than `radius` to the line through `points`."""
    canvas = np.zeros(shape[:2], np.uint8)
    line = np.round(np.array(points)).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(canvas, [line], False, 1, thickness=max(1, round(2 * radius)))
    return canvas > 0


def _certain(shape: tuple[int, ...], joints: dict[str, Floats]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What must be person (along the bones, inside the trunk) and what can be (not far from a bone), by the joints."""
    trunk = np.array([*joints["shoulder"], *joints["hip"][::-1]], np.float32)
    trunk = trunk.mean(axis=0) + (trunk - trunk.mean(axis=0)) * np.array([0.85, 1.0], np.float32)
    must = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(must, [np.round(trunk).astype(np.int32)], 1)
    must_be, can_be = must > 0, np.zeros(shape[:2], bool)
    can_be[: int(joints["hip"][:, 1].max())] = True
    for side in (0, 1):
        leg = [joints[name][side] for name in ("hip", "knee", "ankle")]
        toe = leg[2] + np.array([0, 26], np.float32)
        must_be |= _limb(shape, leg, 9) | _limb(shape, [joints[n][side] for n in ("shoulder", "elbow", "wrist")], 6)
        can_be |= _limb(shape, [*leg, toe], 36) | _limb(shape, leg[:2], 56)
        can_be |= _limb(shape, [joints["elbow"][side], 2 * joints["wrist"][side] - joints["elbow"][side]], 30)
    return must_be, can_be


def matte(panel: Bytes, joints: dict[str, Floats]) -> Floats:
    """Alpha (H, W) of the person in a panel: GrabCut, seeded by the joints and the difference to the empty backdrop."""
    rgb = panel.astype(np.float32) / 255
    studio = _studio(rgb)
    difference = np.abs(rgb - studio).max(axis=2)
    tinted = np.abs((rgb - rgb.mean(axis=2, keepdims=True)) - (studio - studio.mean(axis=2, keepdims=True))).max(axis=2)
    seed = np.full(panel.shape[:2], cv2.GC_PR_BGD, np.uint8)
    seed[(difference > 0.12) | (tinted > 0.05)] = cv2.GC_PR_FGD
    clear = cv2.erode(((difference > 0.22) | (tinted > 0.09)).astype(np.uint8), np.ones((5, 5), np.uint8))
    seed[clear > 0] = cv2.GC_FGD
    must_be, can_be = _certain(panel.shape, joints)
    hip, knee = joints["hip"][:, 1].mean(), joints["knee"][:, 1].mean()
    below = np.arange(panel.shape[0])[:, None] > hip + 0.45 * (knee - hip)
    # bare legs are brown; what is dark and colourless between them is the studio in their shadow
    seed[(below & (tinted < 0.05) & (rgb.mean(axis=2) < 0.55)) | ~can_be] = cv2.GC_BGD
    seed[must_be] = cv2.GC_FGD
    seed[:, :50] = seed[:, -50:] = cv2.GC_BGD
    cv2.setRNGSeed(1)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    half = (panel.shape[1] // 2, panel.shape[0] // 2)  # a quarter of the work, and the outline stays smooth
    small = cv2.resize(cv2.cvtColor(panel, cv2.COLOR_RGB2BGR), half, interpolation=cv2.INTER_AREA)
    small_seed = cv2.resize(seed, half, interpolation=cv2.INTER_NEAREST)
    cv2.grabCut(small, small_seed, None, *models, 3, cv2.GC_INIT_WITH_MASK)
    found = np.isin(small_seed, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    solid = (cv2.resize(found, panel.shape[1::-1], interpolation=cv2.INTER_LINEAR) > 0.5).astype(np.uint8)
    solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    trunk_only = solid.copy()
    trunk_only[int(hip + 0.3 * (knee - hip)) :] = 0
    closed = cv2.morphologyEx(trunk_only, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13)))
    solid = solid | (closed & can_be.astype(np.uint8) & (difference > 0.06).astype(np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])) if count > 1 else 0
    outside = cv2.connectedComponentsWithStats((labels != largest).astype(np.uint8), connectivity=4)
    holes = outside[2][:, cv2.CC_STAT_AREA] < 250
    holes[0] = False
    alpha = cv2.GaussianBlur(((labels == largest) | holes[outside[1]]).astype(np.float32), (0, 0), 1.6)
    return np.clip((alpha - 0.35) / 0.5, 0, 1).astype(np.float32)


def spread(rgb: Floats, solid: NDArray[np.bool_]) -> Floats:
    """Give every pixel outside of `solid` the colour of the nearest one inside."""
    _, labels = cv2.distanceTransformWithLabels(
        (~solid).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.zeros((int(labels.max()) + 1, 3), np.float32)
    nearest[labels[solid]] = rgb[solid]
    return np.asarray(nearest[labels], np.float32)


def _joints(raw: list[list[float]], facing: str) -> dict[str, Floats]:
    """Pairs (left of picture, right of picture) of COCO keypoints 5..16; a side view uses its clearer one of each."""
    pairs = np.array(raw, np.float32)[5:].reshape(6, 2, 3)
    joints = {}
    for name, pair in zip(JOINTS, pairs, strict=True):
        if facing == "side":
            pair = np.repeat(pair[[int(np.argmax(pair[:, 2]))]], 2, axis=0)
        joints[name] = pair[np.argsort(pair[:, 0], kind="stable"), :2].copy()
    return joints


def load_view(people: Path, person: str, panel_name: str) -> View:
    """Cut one view ("front", "back", "left" or "right") of a person out of the sheet; side views come facing right."""
    sheet = cv2.imread(str(people / person / "assets" / "character_sheet.jpg"))
    if sheet is None:
        raise SourceMissing(f"{people / person}: the character sheet cannot be read")
    left, top = PANEL_LEFT[panel_name] + FRAME, PANEL_TOP + FRAME
    cut = sheet[top : top + PANEL_HEIGHT - 2 * FRAME, left : left + PANEL_WIDTH - 2 * FRAME]
    panel = np.ascontiguousarray(cv2.cvtColor(cut, cv2.COLOR_BGR2RGB))
    landmarks = json.loads(Path(__file__).with_name("landmarks.json").read_text(encoding="utf-8"))
    entry = landmarks[person][panel_name]
    facing = "side" if panel_name in ("left", "right") else panel_name
    joints = _joints(entry["joints"], facing)
    alpha, rgb = matte(panel, joints), panel.astype(np.float32) / 255
    if entry.get("looks") == "left":
        alpha, rgb = np.ascontiguousarray(alpha[:, ::-1]), np.ascontiguousarray(rgb[:, ::-1])
        for points in joints.values():
            points[:, 0] = panel.shape[1] - 1 - points[:, 0]
    inner = cv2.erode((alpha > 0.98).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return View(facing, np.where(inner[..., None], rgb, spread(rgb, inner)), alpha, joints)
