"""A recurrent layer that padding cannot reach."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

Cell = Literal["lstm", "gru"]
CELLS: dict[str, type[nn.LSTM] | type[nn.GRU]] = {"lstm": nn.LSTM, "gru": nn.GRU}


class MaskedRecurrent(nn.Module):
    """LSTM or GRU over sentences of different length; the way back starts at each sentence's own last word.

    Packed sequences, the usual means, cannot be converted for other runtimes. Instead each sentence is turned round
    by itself and read by a second forward layer (Schuster and Paliwal 1997, bidirectional networks).

    Args:
        inputs: channels of what is read.
        hidden: size of the state.
        cell: ``lstm`` (Hochreiter and Schmidhuber 1997) or ``gru`` (Cho et al. 2014, arXiv:1406.1078).
        bidirectional: read from the end as well.

    Attributes:
        channels: of the result, twice ``hidden`` if bidirectional.

    Raises:
        ValueError: if there is no such cell.
    """

    def __init__(self, inputs: int, hidden: int, cell: Cell = "lstm", bidirectional: bool = True) -> None:
        super().__init__()
        if cell not in CELLS:
            raise ValueError(f"cell {cell!r} is unknown; use one of {', '.join(CELLS)}")
        self.channels = hidden * (2 if bidirectional else 1)
        self.there = CELLS[cell](inputs, hidden, batch_first=True)
        self.back = CELLS[cell](inputs, hidden, batch_first=True) if bidirectional else None

    def forward(self, inputs: Tensor, said: Tensor) -> tuple[Tensor, Tensor]:
        """Read sentences.

        Args:
            inputs: (B, L, inputs).
            said: (B, L, 1) 1 for words, 0 for padding, which comes after all words.

        Returns:
            States (B, L, channels), 0 where padding, and the last state of each direction (B, channels).
        """
        length = said.sum(dim=1).long()  # (B, 1)
        place = torch.arange(inputs.shape[1], device=inputs.device)[None]  # (1, L)
        end = (length - 1).clamp(min=0)
        states = self.there(inputs)[0]
        last = _take(states, end)
        if self.back is not None:
            turn = torch.where(place < length, length - 1 - place, place)  # (B, L), its own inverse
            turned = self.back(_take(inputs, turn))[0]
            states = torch.cat([states, _take(turned, turn)], dim=2)
            last = torch.cat([last, _take(turned, end)], dim=2)
        return states * said, last[:, 0] * said[:, 0]


def _take(states: Tensor, places: Tensor) -> Tensor:
    """(B, L, C) at (B, M) -> (B, M, C)."""
    return states.gather(1, places[:, :, None].expand(-1, -1, states.shape[2]))
