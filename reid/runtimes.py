"""The same network on torch or on OpenVINO.

A network is given as a builder, not as a module: where OpenVINO has run it before on this machine, the converted
model lies in the user's cache folder and neither torch nor the weights need to be loaded at all.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import platformdirs
from numpy.typing import NDArray

from reid.quiet import core, openvino

if TYPE_CHECKING:
    from torch import nn

Array = NDArray[Any]
RUNTIMES = ("auto", "torch", "openvino")


class Runner(Protocol):
    """A network ready to run: arrays in, its one output out."""

    def __call__(self, *inputs: Array) -> NDArray[np.float32]:
        """Run one batch; the first axis of every input and of the output is the batch."""
        ...


def open_runner(build: Callable[[], nn.Module], example: Sequence[Array], *, key: str, runtime: str = "auto") -> Runner:
    """Make a network ready to run.

    Args:
        build: makes the network, with its weights, in evaluation mode.
        example: one array per input, with the right dtypes and shapes; the batch axis (0) is free afterwards.
        key: identifies network and weights in the cache of converted models.
        runtime: ``torch``, ``openvino``, or ``auto``: torch where there is CUDA, else OpenVINO.

    Raises:
        ValueError: for another runtime's name.
    """
    if runtime not in RUNTIMES:
        raise ValueError(f"runtime {runtime!r} is unknown; use one of {', '.join(RUNTIMES)}")
    if runtime == "torch" or (runtime == "auto" and _has_cuda()):
        return _TorchRunner(build())
    return _OpenVinoRunner(_converted(build, example, key))


def _has_cuda() -> bool:
    # Importing torch to ask costs seconds: without NVIDIA's driver there is nothing to ask.
    if not (Path("/proc/driver/nvidia/version").exists() or os.name == "nt"):
        return False
    import torch

    return bool(torch.cuda.is_available())


class _TorchRunner:
    def __init__(self, network: nn.Module) -> None:
        import torch

        self._torch = torch
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._network = network.eval().to(self._device)

    def __call__(self, *inputs: Array) -> NDArray[np.float32]:
        with self._torch.inference_mode():
            output = self._network(*(self._torch.from_numpy(a).to(self._device) for a in inputs))
        return np.asarray(output.float().cpu().numpy(), np.float32)


class _OpenVinoRunner:
    def __init__(self, model_path: Path) -> None:
        # f32 although many CPUs offer bf16: a stored vector must not depend on the machine that made it.
        self._model = core().compile_model(
            str(model_path), "CPU", {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        )

    def __call__(self, *inputs: Array) -> NDArray[np.float32]:
        return np.array(self._model(list(inputs))[0], np.float32)


def cache_folder() -> Path:
    """Where converted models are kept; a temporary folder if the user's cache cannot be written."""
    folder = platformdirs.user_cache_path("reidpipe") / "networks"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="reidpipe-"))


def _converted(build: Callable[[], nn.Module], example: Sequence[Array], key: str) -> Path:
    folder = cache_folder()
    version = openvino().__version__.split("-")[0]
    target = folder / f"{key}-openvino-{version}.xml"
    if target.is_file() and target.with_suffix(".bin").is_file():
        return target
    import torch

    network = build().eval()
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of conditions on shapes, which are fixed but for the batch
        model = openvino().convert_model(network, example_input=tuple(torch.from_numpy(a) for a in example))
    model.reshape({port: [-1, *array.shape[1:]] for port, array in zip(model.inputs, example, strict=True)})
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        # Another process may convert the same network: each moves a whole file into place, the .xml last.
        part = Path(temporary) / "network.xml"
        openvino().save_model(model, part, compress_to_fp16=False)
        part.with_suffix(".bin").replace(target.with_suffix(".bin"))
        part.replace(target)
    return target
