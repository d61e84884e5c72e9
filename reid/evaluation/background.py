"""How sure a hit is, judged by the background of its own gallery.

The cosines of a question and all tracklets of a gallery, nearly all of them strangers, say what a stranger scores
there: their median and spread are the *background*. What a cosine means follows from how far it stands out of that
(T-norm: Auckenthaler et al., "Score normalization for text-independent speaker verification systems", Digital Signal
Processing 2000), from the cosine itself, and from how many strangers had the chance to score so high:

    evidence_i = score * c_i + unusual * (c_i - median) / spread + size * log N + bias
    l_i        = evidence of the question's picture + BESIDE * that of its words + log(expected / N)

Evidence is the logarithm of a likelihood ratio (the person against a stranger), l_i the posterior log-odds of each
tracklet for itself; the prior counts once, however many parts a question has. Words alone count in full. Beside a
picture they do not: the product rule (Kittler et al., "On combining classifiers", PAMI 1998, eq. 7) wants independent
witnesses, but a stranger who looks like the person is also described like them.

Words ask for everyone who fits: p_i = sigmoid(l_i). A picture asks for one person, so that whoever else fits speaks
against a hit, unless he is probably the same person again (s_ij, of the cosine of two tracklets); what is left over
belongs to 'nobody in this gallery':

    p_i = e^l_i / (1 + e^l_i + sum_j (1 - s_ij) e^l_j)

Where all candidates are different people, these and 'nobody' sum to 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reid.checkpoint import CheckpointError

RIVALS = 50  # of the best candidates of a question that may speak against each other
BESIDE = 0.25  # how much words count beside a picture; in full they did harm (docs/EVALUATION.md, Several witnesses)
FEW = 8  # a gallery's own background counts as much as the usual one where it has so many tracklets
CARD_KEY = "background_calibration"
_LEAST_SPREAD = 0.02  # of cosines; copies of one picture have none

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Background:
    """What strangers score: median and spread (1.4826 x median absolute deviation) of cosines; and their number."""

    median: float
    spread: float
    size: int


@dataclass(frozen=True, slots=True)
class BackgroundCalibration:
    """The numbers of one encoder, see the module.

    Attributes:
        score, unusual, size, bias: weights of the evidence.
        usual_median, usual_spread: the background of a gallery that is too small to have one.
        expected: how many tracklets of the person a gallery of the fit held on average, absent people included.
        twin_score, twin_bias: s_ij = sigmoid(twin_score * cosine + twin_bias); None where hits are no rivals (words).
        found_at: the probability from which a hit counts as found if the user names none.
    """

    score: float
    unusual: float
    size: float
    bias: float
    usual_median: float
    usual_spread: float
    expected: float
    found_at: float
    twin_score: float | None = None
    twin_bias: float | None = None

    @property
    def rivals(self) -> bool:
        """Whether one person is asked for, so that hits speak against each other."""
        return self.twin_score is not None

    def background(self, cosines: NDArray[Any], size: int | None = None) -> Background:
        """The background of a question in a gallery.

        Args:
            cosines: (M,) of the question and all tracklets, or a random sample of them.
            size: how many tracklets there are that could be hits; None for M.

        Returns:
            Median and spread, drawn towards the usual ones by `FEW` of M + `FEW` parts.
        """
        number = len(cosines)
        median = float(np.median(cosines)) if number else 0.0
        spread = 1.4826 * float(np.median(np.abs(cosines - median))) if number else 0.0
        own = number / (number + FEW)
        return Background(
            own * median + (1 - own) * self.usual_median,
            max(_LEAST_SPREAD, own * spread + (1 - own) * self.usual_spread),
            max(1, number if size is None else size),
        )

    def evidence(self, cosines: NDArray[Any], background: Background) -> Doubles:
        """(N,) log of the likelihood ratio of candidates with these cosines (N,)."""
        weights = np.array([self.score, self.unusual, self.size, self.bias])
        return np.asarray(features(cosines, background) @ weights, np.float64)

    def same(self, cosines: NDArray[Any]) -> Doubles:
        """Probability that tracklets with these cosines show the same person; 0 where hits are no rivals."""
        if self.twin_score is None or self.twin_bias is None:
            return np.zeros(cosines.shape)
        return sigmoid(self.twin_score * cosines.astype(np.float64) + self.twin_bias)

    def different(self, candidates: NDArray[Any], rivals: NDArray[Any]) -> Doubles:
        """(N, K) probability that candidates (N, D) and the K best of them (K, D), which come first, are not the same.

        A candidate is no rival of itself.
        """
        apart = 1 - self.same(candidates @ rivals.T)
        apart[np.arange(len(rivals)), np.arange(len(rivals))] = 0
        return np.asarray(apart, np.float64)

    def as_card(self) -> dict[str, float | None]:
        """For a card."""
        return asdict(self)


def features(cosines: NDArray[Any], background: Background) -> Doubles:
    """(N, 4) what evidence is made of: cosine, how unusual it is, log of the background's size, 1."""
    score = np.asarray(cosines, np.float64)
    rows = np.ones((len(score), 4))
    rows[:, 0] = score
    rows[:, 1] = (score - background.median) / background.spread
    rows[:, 2] = np.log(background.size)
    return rows


def prior(calibrations: Sequence[BackgroundCalibration], size: int) -> float:
    """Log-odds that a tracklet is asked for, before any is looked at: log(expected / N)."""
    expected = float(np.mean([calibration.expected for calibration in calibrations]))
    return float(np.log(expected / max(1, size)))


def log_odds(calibrations: Sequence[BackgroundCalibration], evidence: Sequence[Doubles], size: int) -> Doubles:
    """(N,) posterior log-odds of each candidate for itself.

    Args:
        calibrations: of the parts of a question.
        evidence: (N,) of each part.
        size: how many tracklets could be hits.
    """
    pictured = any(calibration.rivals for calibration in calibrations)
    weights = [BESIDE if pictured and not calibration.rivals else 1.0 for calibration in calibrations]
    total = np.sum([weight * part for weight, part in zip(weights, evidence, strict=True)], axis=0)
    return np.asarray(total + prior(calibrations, size), np.float64)


def against(log_odds: Doubles, rivals: NDArray[Any], different: NDArray[Any]) -> Doubles:
    """Posterior log-odds of candidates who speak against each other.

    Args:
        log_odds: (..., N) of each candidate for itself.
        rivals: (..., K) of those among them that are strong enough to speak against others.
        different: (..., N, K) probability that candidate and rival are different people; 0 for a candidate itself.

    Returns:
        (..., N) l_i - log(1 + sum_j different_ij e^l_j).
    """
    mass = different @ np.exp(np.clip(rivals, -60, 60))[..., None]
    return np.asarray(log_odds - np.log1p(mass[..., 0]), np.float64)


def sigmoid(logits: NDArray[Any]) -> Doubles:
    """1 / (1 + e^-x), safe for any x."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), np.float64)


def from_card(card: Mapping[str, Any]) -> BackgroundCalibration | None:
    """The numbers that a card holds; None for a card that was not calibrated by `reidpipe calibrate`.

    Raises:
        CheckpointError: if the entry is something else than those numbers.
    """
    entry = card.get(CARD_KEY)
    if entry is None:
        return None
    try:
        return BackgroundCalibration(**{k: None if v is None else float(v) for k, v in entry.items()})  # type: ignore[arg-type]
    except (TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{CARD_KEY} of the card is not what `reidpipe calibrate` writes ({error})") from None
