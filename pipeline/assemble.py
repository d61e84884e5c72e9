"""The one composition root: settings in, objects out.

Whatever is not needed is not opened: words load no detector, pictures load no text encoder. The plain exceptions of
`detectors` and `reid` leave here as errors of `pipeline.errors`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.config import Settings
from pipeline.errors import ConfigError, ModelError, ReidpipeError
from pipeline.types import APPEARANCE, LANGUAGE

MATCHERS = ("matcher", LANGUAGE)  # kinds of checkpoints that can judge a sentence and a picture

if TYPE_CHECKING:
    from detectors.types import Detector, PoseEstimator, Tracker
    from pipeline.attributes import AttributeSearch
    from pipeline.explain import Explainer
    from pipeline.gallery import Gallery
    from pipeline.ingest import Ingestor
    from pipeline.matching import MatchedSearch
    from pipeline.search import Searcher
    from reid.attributes.reader import AttributeReader
    from reid.types import ImageEncoder, Matcher, TextEncoder


@contextmanager
def _as_our_errors(source: str) -> Iterator[None]:
    try:
        yield
    except ReidpipeError:
        raise
    except FileNotFoundError as error:
        raise ModelError(f"{source}: {_one_line(error)}") from error
    except ValueError as error:
        from reid.checkpoint import CheckpointError

        kind = ModelError if isinstance(error, CheckpointError) else ConfigError
        raise kind(f"{source}: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def build_gallery(settings: Settings, *, create: bool = False, read_only: bool = False) -> Gallery:
    """The gallery of the settings, opened; close it after use."""
    from pipeline.gallery import Gallery

    return Gallery.open(settings.gallery_path, create=create, read_only=read_only)


def build_detector(settings: Settings) -> Detector:
    """The detector of the settings."""
    from detectors.registry import open_detector

    chosen = settings.detector
    with _as_our_errors("detector"):
        return open_detector(
            chosen.name,
            confidence=chosen.confidence,
            imgsz=chosen.imgsz,
            runtime=chosen.runtime,
            batch=chosen.batch,
        )


def build_make_tracker(settings: Settings) -> Callable[[float], Tracker]:
    """A function from frames a second to a new tracker; a wrong name is told here, not in the middle of an ingest."""
    from detectors.registry import open_tracker

    def make(fps: float) -> Tracker:
        with _as_our_errors("tracker"):
            return open_tracker(settings.tracker.name, fps=fps)

    make(settings.sampling.fps)
    return make


def build_pose(settings: Settings) -> PoseEstimator | None:
    """The pose estimator, if the settings ask for strips that are aligned by it."""
    if settings.encoders.align != "pose":
        return None
    from detectors.registry import open_pose

    with _as_our_errors("pose estimator"):
        return open_pose(runtime=settings.detector.runtime, batch=settings.detector.batch)


def encoder_folder(settings: Settings, kind: str) -> Path:
    """The checkpoint folder that the settings name for a kind of space, or the one that ships."""
    from reid.registry import default_weights

    return {APPEARANCE: settings.encoders.appearance, LANGUAGE: settings.encoders.language}[kind] or default_weights(
        kind
    )


def build_image_encoder(settings: Settings, kind: str) -> ImageEncoder:
    """The image encoder of a kind of space: APPEARANCE or LANGUAGE."""
    from reid.registry import open_encoder

    # a network for sentences has no strips to align
    align = settings.encoders.align if kind == APPEARANCE else "none"
    with _as_our_errors(f"{kind} encoder"):
        return open_encoder(encoder_folder(settings, kind), runtime=settings.encoders.runtime, align=align)


def build_image_encoders(settings: Settings) -> dict[str, ImageEncoder]:
    """The image encoder of every kind of space, as an ingest needs them."""
    return {kind: build_image_encoder(settings, kind) for kind in (APPEARANCE, LANGUAGE)}


def build_text_encoder(settings: Settings) -> TextEncoder:
    """The text encoder."""
    from reid.registry import open_text_encoder

    with _as_our_errors("text encoder"):
        return open_text_encoder(encoder_folder(settings, LANGUAGE), runtime=settings.encoders.runtime)


def matcher_name(settings: Settings) -> str:
    """What answers call the matcher of the settings: the name of its network, read from its card alone.

    Raises:
        ModelError: if the folder is no checkpoint, or of a kind that judges no sentences.
    """
    from reid.checkpoint import read_card

    folder = settings.encoders.matcher
    assert folder is not None
    with _as_our_errors("matcher"):
        card = read_card(folder)
    if card["kind"] not in MATCHERS:
        raise ModelError(f"matcher: {folder} is a checkpoint for {card['kind']}: it judges no sentences")
    return str(card["network"]["name"])


def build_matcher(settings: Settings) -> Matcher:
    """The matcher of the settings."""
    from reid.registry import open_matcher

    assert settings.encoders.matcher is not None
    with _as_our_errors("matcher"):
        return open_matcher(settings.encoders.matcher, runtime=settings.encoders.runtime)


def build_ingestor(settings: Settings, gallery: Gallery) -> Ingestor:
    """Everything that turns footage into tracklets of a gallery."""
    from pipeline.ingest import Ingestor

    return Ingestor(
        gallery,
        build_detector(settings),
        build_make_tracker(settings),
        build_image_encoders(settings),
        settings,
        build_pose(settings),
    )


def build_attribute_reader(settings: Settings, gallery: Gallery, *, needed: bool) -> AttributeReader | None:
    """What reads the attributes of a gallery's people; None where that cannot be done and is not needed.

    Raises:
        ModelError: if it is needed and the language checkpoint has none, or if it is damaged.
        SpaceMismatch: if it is needed and the gallery was made with another encoder.
    """
    from pipeline.attributes import check_space
    from reid.attributes.reader import open_reader

    folder = encoder_folder(settings, LANGUAGE)
    with _as_our_errors("attribute reader"):
        reader = open_reader(folder)
    if needed and reader is None:
        raise ModelError(f"--attr: {folder} cannot tell attributes yet; `reidpipe fit-attributes` teaches it")
    if needed and reader is not None:
        check_space(reader, gallery)
    held = gallery.spaces().get(LANGUAGE)
    return reader if reader is not None and held is not None and held.digest == reader.space else None


def build_searcher(
    settings: Settings, gallery: Gallery, *, words: bool, pictures: bool, attributes: AttributeReader | None = None
) -> Searcher | MatchedSearch | AttributeSearch:
    """What answers questions of words, of pictures, or of both, with no more models than that takes.

    With a reader of attributes every hit is told what it looks like, and attributes may be asked for.
    """
    searcher, matched = _build_plain_searcher(settings, gallery, words=words, pictures=pictures)
    if attributes is None:
        return matched or searcher
    from pipeline.attributes import AttributeSearch

    return AttributeSearch(gallery, attributes, searcher, matched)


def _build_plain_searcher(
    settings: Settings, gallery: Gallery, *, words: bool, pictures: bool
) -> tuple[Searcher, MatchedSearch | None]:
    from pipeline.search import Searcher

    matched = words and settings.encoders.matcher is not None
    name = matcher_name(settings) if matched else ""  # looked at before any network is loaded
    searcher = Searcher(
        gallery,
        build_image_encoder(settings, APPEARANCE) if pictures else None,
        build_text_encoder(settings) if words else None,
        build_pose(settings) if pictures else None,
    )
    if not matched:
        return searcher, None
    from pipeline.matching import MatchedSearch

    return searcher, MatchedSearch(searcher, build_matcher(settings), name, settings.search.shortlist)


def build_explainer(settings: Settings, *, words: bool, pictures: bool) -> Explainer:
    """What says which words, or strips of a picture, met which strips of a hit."""
    from pipeline.explain import Explainer

    return Explainer(
        (build_text_encoder(settings), build_image_encoder(settings, LANGUAGE)) if words else None,
        build_image_encoder(settings, APPEARANCE) if pictures else None,
    )
