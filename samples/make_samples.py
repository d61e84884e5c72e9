"""Makes the sample footage: two clips of one plaza, the truth on them, and two probe pictures.

    pip install openpeople
    python samples/make_samples.py

The people are the synthetic ones of the package `openpeople` (MIT): nobody in the clips exists. Everything else is
painted by the modules in `compose/`. The result depends on nothing but the code and the pictures of that package.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
from compose.camera import CAMERAS, FPS, HEIGHT, WIDTH
from compose.cast import CAST
from compose.choreography import DURATION_S
from compose.film import Sensor, write
from compose.source import Bytes, SourceMissing, find_people
from compose.stage import Stage
from compose.truth import Truth
from compose.wardrobe import Wardrobe

PROBES = (("red-coat", "plaza_north", 5.0), ("white-tshirt", "plaza_south", 5.2))


def _save_probe(path: Path, picture: Bytes, box: tuple[float, float, float, float]) -> None:
    x0, y0, x1, y1 = box
    wide, high = 0.18 * (x1 - x0), 0.06 * (y1 - y0)
    crop = picture[
        max(0, int(y0 - high)) : min(HEIGHT, int(y1 + high)), max(0, int(x0 - wide)) : min(WIDTH, int(x1 + wide))
    ]
    cv2.imwrite(str(path), cv2.cvtColor(crop, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])


def make(people: Path, out: Path) -> None:
    """Render everything into the folder `out`."""
    cv2.setNumThreads(1)
    out.mkdir(parents=True, exist_ok=True)
    truth, wardrobe = Truth(CAST), Wardrobe(people, CAST)
    frames = round(DURATION_S * FPS)
    for camera in CAMERAS:
        clip = f"{camera.name}.mp4"
        truth.add_camera(camera.name, clip, frames)
        stage, sensor = Stage(camera, wardrobe), Sensor(camera)
        wanted = {round(time_s * FPS): who for who, where, time_s in PROBES if where == camera.name}

        def shoot(camera_name: str, stage: Stage, sensor: Sensor, wanted: dict[int, str]) -> Iterator[Bytes]:
            for index in range(frames):
                scene, seen = stage.render(index / FPS)
                truth.add(camera_name, index, seen)
                picture = sensor.expose(scene, index / FPS)
                if index in wanted:
                    who = wanted[index]
                    name = f"probe_{who.replace('-', '_')}.jpg"
                    _save_probe(out / name, picture, next(one.box for one in seen if one.who == who))
                    truth.add_probe(name, who, camera_name, index / FPS)
                if index % (5 * FPS) == 0:
                    print(f"{camera_name}: {index // FPS} of {frames // FPS} s", flush=True)
                yield picture

        write(out / clip, shoot(camera.name, stage, sensor, wanted))
    truth.write(out / "truth.json")
    for path in sorted([*out.glob("*.mp4"), *out.glob("*.jpg"), out / "truth.json"]):
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


def main() -> int:
    """Read the options, make the samples; 1 when the source pictures are missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=Path, help="folder with P001 .. P010 (default: the installed openpeople)")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="where to write (default: samples/)")
    options = parser.parse_args()
    try:
        make(find_people(options.people), options.out)
    except SourceMissing as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
