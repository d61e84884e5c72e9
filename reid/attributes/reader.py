"""Reads attributes out of vectors of one language space, by the weights that `reidpipe fit-attributes` made.

The weights lie beside the encoder's in its checkpoint folder: ``attributes.safetensors`` holds the calibrated logistic
regressions, and in its header the questions and the digest of the space that they were fitted to.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reid import checkpoint
from reid.attributes.fitting import softmax
from reid.checkpoint import CheckpointError
from reid.types import Floats

FILE = "attributes.safetensors"
_HEADER = "reader"  # one entry for all: safetensors writes several in any order, and files must be the same again


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """A question that can be read.

    Attributes:
        name: such as ``upper``.
        answers: such as ``red``.
        offered: those that were found better than chance; of an exclusive question the others are read too, because
            the probabilities of all sum to 1, but nothing should be built on them.
        exclusive: True if one answer holds, False if each is a yes or no of its own.
    """

    name: str
    answers: tuple[str, ...]
    offered: frozenset[str]
    exclusive: bool


class AttributeReader:
    """Probabilities of attributes from vectors.

    Args:
        space: digest of the space that the vectors must be of.
        questions: in the order of the rows.
        matrix: (R, D) a row for each answer of each question.
        offset: (R,).

    Raises:
        ValueError: if questions and rows do not fit.
    """

    def __init__(self, space: str, questions: Sequence[ReadQuestion], matrix: Floats, offset: Floats) -> None:
        rows = sum(len(question.answers) for question in questions)
        if matrix.ndim != 2 or matrix.shape[0] != rows or offset.shape != (rows,):
            raise ValueError(f"{rows} answers, but weights of shape {matrix.shape} and {offset.shape}")
        self.space = space
        self.questions = tuple(questions)
        self._matrix = matrix
        self._offset = offset

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._matrix.shape[1])

    def read(self, vectors: Floats) -> dict[str, Floats]:
        """What N vectors say.

        Args:
            vectors: (N, D) float32 of norm 1, of the space `space`.

        Returns:
            Question -> (N, K) probabilities of its answers.

        Raises:
            ValueError: if the vectors are of another length.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self.dim:
            raise ValueError(f"vectors of shape (N, {self.dim}) expected, got {vectors.shape}")
        logits = vectors @ self._matrix.T + self._offset
        found, start = {}, 0
        for question in self.questions:
            part = logits[:, start : start + len(question.answers)].astype(np.float64)
            shares = softmax(part) if question.exclusive else 1 / (1 + np.exp(-np.clip(part, -60, 60)))
            found[question.name] = shares.astype(np.float32)
            start += len(question.answers)
        return found


def open_reader(folder: Path) -> AttributeReader | None:
    """The reader of a checkpoint folder; None if it has none.

    Raises:
        CheckpointError: if the folder is no checkpoint, or the reader is damaged or was fitted to another space.
    """
    from safetensors import SafetensorError, safe_open

    card = checkpoint.read_card(folder)
    expected, path = card.get(checkpoint.BESIDE, {}).get(FILE), folder / FILE
    if expected is None:
        return None
    again = f"make it again with `reidpipe fit-attributes {folder}`"
    if not path.is_file() or checkpoint.sha256(path) != expected:
        raise CheckpointError(f"{path} is missing or damaged; {again}")
    try:
        with safe_open(path, framework="np") as file:
            said = json.loads(file.metadata()[_HEADER])
            questions = [
                ReadQuestion(q["name"], tuple(q["answers"]), frozenset(q["offered"]), bool(q["exclusive"]))
                for q in said["questions"]
            ]
            reader = AttributeReader(said["space"], questions, file.get_tensor("matrix"), file.get_tensor("offset"))
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read ({error}); {again}") from None
    if reader.space != checkpoint.space_digest(card):
        raise CheckpointError(f"{path} was fitted to the space {reader.space}, not to this encoder's; {again}")
    return reader


def write_reader(reader: AttributeReader, path: Path) -> None:
    """Write a reader's file, whole or not at all."""
    from safetensors.numpy import save_file

    questions = [
        {"name": q.name, "answers": q.answers, "offered": sorted(q.offered), "exclusive": q.exclusive}
        for q in reader.questions
    ]
    part = path.with_suffix(".part")
    tensors = {"matrix": reader._matrix.astype(np.float32), "offset": reader._offset.astype(np.float32)}
    save_file(tensors, part, metadata={_HEADER: json.dumps({"space": reader.space, "questions": questions})})
    part.chmod(0o644)  # safetensors makes it private; a checkpoint is for others too
    part.replace(path)
