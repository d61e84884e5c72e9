"""The same YOLO network on torch or on OpenVINO.

Every picture is answered by itself: neither its neighbours in a batch nor the size of the batch change the answer, so
that an interrupted run can be continued and gives what an undisturbed one gives.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from detectors import export, network, quiet
from detectors.network import Layout
from detectors.types import Floats, Image

if TYPE_CHECKING:
    from torch import nn

RUNTIMES = ("auto", "torch", "openvino")
_NVIDIA = ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg", "/etc/nv_tegra_release")


class Runner(Protocol):
    """A network ready to run."""

    @property
    def layout(self) -> Layout:
        """How to read its answers."""
        ...

    @property
    def precision(self) -> str:
        """Runtime, device and number format: what changes answers beside the weights, such as ``openvino-cpu-bf16``."""
        ...

    def run(self, pictures: Sequence[Image]) -> list[Floats]:
        """The answer to each of some (h, w, 3) uint8 letterboxed pictures of one size, as the layout says."""
        ...


def open_runner(path: Path, digest: str, *, runtime: str = "auto", device: str | None = None, batch: int = 8) -> Runner:
    """Make a network ready to run.

    Args:
        path: an Ultralytics ``.pt`` file.
        digest: its sha256.
        runtime: ``torch``, ``openvino``, or ``auto``: torch where there is CUDA, else OpenVINO.
        device: ``cpu``, ``cuda``, ``cuda:1``, or for OpenVINO also ``gpu``; None lets the runtime choose.
        batch: pictures that a GPU gets at once.

    Raises:
        ValueError: for a runtime or device that does not exist.
        CheckpointError: if the weights cannot be used.
    """
    if runtime not in RUNTIMES:
        raise ValueError(f"runtime {runtime!r} is unknown; use one of {', '.join(RUNTIMES)}")
    if batch < 1:
        raise ValueError(f"batch: expected at least 1, got {batch}")
    wants_cuda = (device or "").lower().startswith("cuda")
    if runtime == "openvino" and wants_cuda:
        raise ValueError(f"runtime openvino cannot use device {device!r}; use runtime torch")
    has_openvino = importlib.util.find_spec("openvino") is not None
    if runtime == "auto":
        on_cuda = wants_cuda or (device is None and _has_cuda())
        runtime = "torch" if on_cuda or not has_openvino else "openvino"
    if runtime == "torch":
        return TorchRunner(*network.load(path), device=device, batch=batch)
    if not has_openvino:
        raise ValueError("runtime openvino is not installed; pip install openvino, or use runtime torch")
    return OpenVinoRunner(*export.openvino_model(path, digest), device=device)


def _has_cuda() -> bool:
    # importing torch to ask costs seconds; without NVIDIA's driver there is nothing to ask
    if os.name != "nt" and not any(Path(sign).exists() for sign in _NVIDIA):
        return False
    import torch

    return torch.cuda.is_available()


class TorchRunner:
    """The network on torch: float16 on CUDA, float32 elsewhere."""

    def __init__(self, module: nn.Module, layout: Layout, *, device: str | None = None, batch: int = 8) -> None:
        import torch

        try:
            self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
            if self._device.type == "cuda" and not torch.cuda.is_available():
                raise ValueError("there is no CUDA on this machine; use device cpu")
            self._module = module.to(self._device)
        except RuntimeError as error:
            raise ValueError(f"device {device!r} cannot be used ({str(error).splitlines()[0]})") from None
        self._on_cuda = self._device.type == "cuda"
        self._dtype = torch.float16 if self._on_cuda else torch.float32
        self._module = self._module.to(self._dtype)
        # A GPU always gets full batches, padded, so that it always picks the same kernels; a CPU gains nothing by them.
        self._batch = batch if self._on_cuda else 1
        self._lock = threading.Lock()  # the network keeps its grid of the last input
        self.layout = layout
        self.precision = f"torch-{self._device.type}-{'fp16' if self._on_cuda else 'fp32'}"

    def run(self, pictures: Sequence[Image]) -> list[Floats]:
        """See Runner."""
        return [a for i in range(0, len(pictures), self._batch) for a in self._run(pictures[i : i + self._batch])]

    def _run(self, pictures: Sequence[Image]) -> list[Floats]:
        import torch

        padded = np.zeros((self._batch, *pictures[0].shape), np.uint8)
        padded[: len(pictures)] = pictures
        exact = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True)
        with self._lock, torch.inference_mode(), exact:
            tensor = torch.from_numpy(padded).to(self._device).permute(0, 3, 1, 2)  # (B, 3, h, w)
            answers = self._module(tensor.to(self._dtype).contiguous() / 255)
        return list(answers[: len(pictures)].float().cpu().numpy())


class OpenVinoRunner:
    """The network on OpenVINO: one picture to a request, as many requests at a time as the machine has room for."""

    def __init__(self, model: Any, layout: Layout, *, device: str | None = None) -> None:
        self._openvino = quiet.openvino()
        self._core = quiet.openvino_core()
        self._model = model
        self._device = (device or "cpu").upper()
        if self._device.partition(".")[0] not in {d.partition(".")[0] for d in self._core.available_devices}:
            there = ", ".join(self._core.available_devices).lower()
            raise ValueError(f"device {device!r} is unknown to OpenVINO on this machine; it knows {there}")
        self._queues: dict[tuple[int, ...], Any] = {}
        self._lock = threading.Lock()  # a queue of requests serves one caller at a time
        # What OpenVINO itself would take: bf16 where the CPU reckons in it, which needs 0.6 of the time of f32 and puts
        # boxes at a mean IoU of 0.993 with those of f32. Set by name, so that the fingerprint tells what runs.
        self._format = self._core.get_property(self._device, "INFERENCE_PRECISION_HINT").get_type_name()
        self.layout = layout
        self.precision = f"openvino-{self._device.lower()}-{self._format}"

    def run(self, pictures: Sequence[Image]) -> list[Floats]:
        """See Runner."""
        answers: list[Floats] = [np.empty(0, np.float32)] * len(pictures)
        if not pictures:
            return answers

        def keep(request: Any, index: int) -> None:
            answers[index] = np.array(request.get_output_tensor(0).data[0], np.float32)

        with self._lock:
            queue = self._queue(pictures[0].shape)
            queue.set_callback(keep)
            for index, picture in enumerate(pictures):
                queue.start_async([picture[None]], index)
            queue.wait_all()
        return answers

    def _queue(self, shape: tuple[int, ...]) -> Any:
        if shape not in self._queues:
            compiled = self._core.compile_model(
                self._accepting_pictures(shape),
                self._device,
                {"INFERENCE_PRECISION_HINT": self._format, "PERFORMANCE_HINT": "THROUGHPUT"},
            )
            requests = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
            self._queues[shape] = self._openvino.AsyncInferQueue(compiled, requests)
        return self._queues[shape]

    def _accepting_pictures(self, shape: tuple[int, ...]) -> Any:
        """The model with a (1, h, w, 3) uint8 input; the scaling to 0..1 becomes part of it."""
        model = self._model.clone()
        height, width, channels = shape
        model.reshape([1, channels, height, width])
        steps = self._openvino.preprocess.PrePostProcessor(model)
        steps.input().tensor().set_element_type(self._openvino.Type.u8).set_layout(self._openvino.Layout("NHWC"))
        steps.input().preprocess().convert_element_type(self._openvino.Type.f32).scale(255.0)
        steps.input().model().set_layout(self._openvino.Layout("NCHW"))
        return steps.build()
