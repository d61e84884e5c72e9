from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Runs in a process of its own with an empty home. Whoever tries to reach a network or to start a program is written
# down and stopped; the process says nothing itself.
WATCHED = """
import json, os, socket, subprocess, sys

attempts = []

def forbid(owner, name):
    def stop(*arguments, **_):
        attempts.append(f"{owner.__name__}.{name}{arguments[:2]}")
        raise OSError("no network here")
    setattr(owner, name, stop)

for owner, name in (
    (socket.socket, "connect"), (socket.socket, "connect_ex"), (socket.socket, "sendto"), (socket, "getaddrinfo"),
    (socket, "gethostbyname"), (socket, "create_connection"), (os, "system"),
):
    forbid(owner, name)

class Watched(subprocess.Popen):
    def __init__(self, command, *arguments, **named):
        program = os.path.basename(command if isinstance(command, str) else command[0])
        if program not in ("ldconfig", "gcc", "cc", "ld", "objdump"):  # how ctypes finds a library
            attempts.append(f"program {command}")
        super().__init__(command, *arguments, **named)

subprocess.Popen = Watched

import cv2, numpy as np, torch

torch.set_num_threads(1)  # its threads wait for each other by spinning, which is slow on a busy machine

def state():
    return {
        "environment": {k: v for k, v in os.environ.items() if not k.startswith("YOLO_")},
        "opencv threads": cv2.getNumThreads(),
        "torch threads": torch.get_num_threads(),
        "numpy prints": str(np.get_printoptions()),
        "torch prints": str(torch._tensor_str.PRINT_OPTS),
        "torch.save": torch.save.__module__,
        "signals": str(__import__("signal").getsignal(2)),
        "plots": "matplotlib.pyplot" in sys.modules,
        "warnings": len(__import__("warnings").filters),
    }

before = state()
from detectors.registry import open_detector, open_pose, open_tracker
picture = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
precisions = []
for runtime in ("openvino", "torch"):
    detector = open_detector(runtime=runtime, device="cpu")
    found = detector.detect([picture])[0]
    precisions.append(detector.runtime)
open_pose(runtime="openvino").estimate([picture])
for name in ("bytetrack", "botsort"):
    tracker = open_tracker(name, fps=5)
    for shade in (picture, picture[::-1], picture[:50]):
        tracker.update(found, shade)
after = state()
import ultralytics.utils
with open(sys.argv[1], "w") as file:
    json.dump({
        "attempts": attempts,
        "changed": [key for key in before if before[key] != after[key]],
        "precisions": precisions,
        "sync": ultralytics.utils.SETTINGS["sync"],
        "online": ultralytics.utils.ONLINE,
        "installs": ultralytics.utils.AUTOINSTALL,
        "telemetry": "openvino_telemetry" in sys.modules,
    }, file)
"""


def environment(home):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "YOLO_", "PYTEST_", "OMP_"))}
    return {**kept, "HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_nothing_calls_out_speaks_or_leaves_traces(tmp_path):
    home, work, report = tmp_path / "home", tmp_path / "work", tmp_path / "report.json"
    home.mkdir()
    work.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(report)],
        cwd=work,
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    seen = json.loads(report.read_text())
    assert seen["attempts"] == []
    assert seen["changed"] == []
    assert seen["precisions"][0].startswith("openvino-cpu")
    assert seen["precisions"][1] == "torch-cpu-fp32"
    assert (seen["sync"], seen["online"], seen["installs"], seen["telemetry"]) == (False, False, False, False)
    assert files(work) == set()
    left = files(home)
    assert any(name.endswith("model.xml") for name in left), "the converted network is kept"
    assert all("reidpipe/detectors/" in name.replace(os.sep, "/") for name in left)
    converted = [path for path in home.rglob("*") if path.is_dir() and "-openvino-" in path.name]
    assert len(converted) == 2
    assert {oct(path.stat().st_mode & 0o777) for path in converted} == {"0o700"}


def test_openvino_that_somebody_imported_before_is_muted():
    code = """
import sys, types
telemetry = types.ModuleType("openvino_telemetry")
class Telemetry:
    def __init__(self, *a, **k): self.backend = types.SimpleNamespace(app_name="OpenVINO")
    def init(self, *a, **k): ...
    def send_event(self, *a, **k): print("event", a[:2])
    send_error = send_stack_trace = start_session = end_session = force_shutdown = send_event
telemetry.Telemetry = Telemetry
backend = types.ModuleType("openvino_telemetry.backend")
backend.backend_ga4 = None
sys.modules["openvino_telemetry"], sys.modules["openvino_telemetry.backend"] = telemetry, backend
import openvino
print("--", flush=True)
from detectors import quiet
assert quiet.openvino() is openvino
from openvino.tools.ovc import convert_impl, telemetry_utils
convert_impl.tm.Telemetry().send_event("a", "b")
telemetry_utils.init_ovc_telemetry("x").send_event("a", "b")
assert sys.modules["openvino_telemetry"] is telemetry
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    loud, _, muted = done.stdout.partition("--\n")
    assert "event" in loud, "the check itself works: an import of OpenVINO reports to its telemetry"
    assert muted == ""


def test_a_cache_that_cannot_be_written_is_replaced(monkeypatch, tmp_path):
    from detectors import quiet

    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    monkeypatch.setattr(quiet.platformdirs, "user_cache_path", lambda _: blocked)
    folder = quiet.cache_folder.__wrapped__()
    assert folder.is_dir()
    assert tmp_path not in folder.parents
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.rmdir()


def test_a_signal_after_networks_are_gone_does_not_kill_the_process():
    # OpenVINO gives threads a signal stack that ends with its Core; a freed one used to be left in place
    code = (
        "import gc, os, signal, numpy as np\n"
        "signal.signal(signal.SIGINT, lambda *_: print('heard'))\n"
        "from detectors.registry import open_detector, open_pose\n"
        "networks = [open_pose(), open_detector(), open_pose(batch=2)]\n"
        "crop = np.full((120, 50, 3), 80, np.uint8)\n"
        "networks[0].estimate([crop]); networks[1].detect([crop]); networks[2].estimate([crop])\n"
        "while networks: networks.pop(0); gc.collect(); os.kill(os.getpid(), signal.SIGINT)\n"
        "print('alive')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["heard", "heard", "heard", "alive"], (done.returncode, done.stderr)
