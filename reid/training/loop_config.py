"""How long a training goes on, how fast, and in which precision."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator


class LoopConfig(BaseModel):
    """The section ``loop`` of a training configuration.

    Attributes:
        epochs: passes.
        optimizer: ``adamw`` (Loshchilov and Hutter 2019, arXiv:1711.05101) or ``sgd``.
        lr: highest learning rate; a group's ``lr_scale`` multiplies it.
        weight_decay: of the optimizer; parameters that get no gradient do not decay either.
        momentum, nesterov: of SGD.
        schedule: after the warm-up, ``cosine`` (Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5, one period)
            falls to ``floor``, ``step`` multiplies by ``gamma`` at every milestone, ``constant`` stays.
        floor: the last rate of the cosine, as a share of ``lr``.
        milestones: epochs at which ``step`` lowers the rate.
        gamma: by which factor it does.
        warmup_steps: the rate grows linearly over these; 0 switches the warm-up off.
        clip: largest L2 norm of all gradients together; 0 switches clipping off.
        accumulate: batches whose gradients are averaged before the optimizer steps.
        bf16: run the network in bfloat16 where torch sees fit.
        fp16: half precision with a scaled loss (Micikevicius et al. 2018, arXiv:1710.03740) instead; CUDA only.
        seed: of weights and dropout; tasks seed their batches by it too.
        evaluate_every: epochs between two evaluations; 0 only after the last, or after each if something is watched.
        watch: figure of the log by which the best epoch is chosen and exported; None exports the last one.
        best: whether the ``highest`` or the ``lowest`` is the best.
        patience: evaluations in a row without a better figure after which the training ends; 0 never.
        threads: of torch on the CPU; 0 leaves it to torch.
        tensorboard: write events for TensorBoard beside ``log.csv``.
        compile: let torch.compile make one program of network and losses; it pays for long runs on CUDA.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    epochs: PositiveInt = 10
    optimizer: Literal["adamw", "sgd"] = "adamw"
    lr: float = Field(default=6e-4, gt=0)
    weight_decay: float = Field(default=5e-4, ge=0)
    momentum: float = Field(default=0.9, ge=0, lt=1)
    nesterov: bool = False
    schedule: Literal["cosine", "step", "constant"] = "cosine"
    floor: float = Field(default=0.01, ge=0, le=1)
    milestones: tuple[PositiveInt, ...] = Field(default=(), strict=False)  # a list will do
    gamma: float = Field(default=0.1, gt=0, le=1)
    warmup_steps: int = Field(default=100, ge=0)
    clip: float = Field(default=5.0, ge=0)
    accumulate: PositiveInt = 1
    bf16: bool = True
    fp16: bool = False
    seed: int = Field(default=0, ge=0)
    evaluate_every: int = Field(default=0, ge=0)
    watch: str | None = Field(default=None, min_length=1)
    best: Literal["highest", "lowest"] = "highest"
    patience: int = Field(default=0, ge=0)
    threads: int = Field(default=0, ge=0)
    tensorboard: bool = False
    compile: bool = False

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.schedule == "step" and not self.milestones:
            raise ValueError("schedule 'step' needs milestones, such as milestones: [30, 50]")
        if list(self.milestones) != sorted(set(self.milestones)):
            raise ValueError(f"milestones: each must be later than the one before, got {list(self.milestones)}")
        if self.milestones and self.schedule != "step":
            raise ValueError(f"milestones are of the schedule 'step', but the schedule is '{self.schedule}'")
        if self.nesterov and (self.optimizer != "sgd" or not self.momentum):
            raise ValueError("nesterov needs the optimizer 'sgd' and a momentum above 0")
        if self.patience and self.watch is None:
            raise ValueError("patience needs watch: the figure that has to get better, such as watch: judged_AUC")
        return self
