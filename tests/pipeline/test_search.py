import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from colours import LOWER, NEUTRAL, PALETTE, UPPER, ColourEncoder, ColourWords
from walks import WALKS, fill, person, spaces, tracklet

from detectors.types import Keypoints
from pipeline.errors import EmptyQuery, GalleryEmpty, QueryError, QueryTooLong, SpaceMismatch, UnknownWords
from pipeline.gallery import Gallery
from pipeline.search import Answer, Searcher, check_question, fuse
from pipeline.types import APPEARANCE, Floats, Query, Window
from reid.data.words import Vocabulary
from reid.reading import Reading, read


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with Gallery.open(tmp_path_factory.mktemp("search") / "gallery", create=True) as opened:
        fill(opened)
        yield opened


def searcher(gallery: Gallery, calibration: tuple[float, float] | None = None) -> Searcher:
    return Searcher(gallery, ColourEncoder("pictures", calibration), ColourWords("words", calibration))


def found(gallery: Gallery, query: Query) -> list[tuple[str, int]]:
    return [(hit.camera, hit.tracklet.number) for hit in searcher(gallery).search(query).hits]


def test_words(gallery: Gallery) -> None:
    assert found(gallery, Query("a man in a blue shirt", top=1)) == [("yard", 2)]
    assert found(gallery, Query("yellow coat and black trousers", top=1)) == [("door", 2)]
    assert set(found(gallery, Query("red coat", top=2))) == {("yard", 1), ("door", 1)}


def test_a_picture(gallery: Gallery) -> None:
    assert found(gallery, Query(images=(person("green", "brown", 99),), top=1)) == [("yard", 3)]


def test_words_and_a_picture_together_find_what_each_alone_leaves_open(gallery: Gallery) -> None:
    """The picture says red above, the words say white below."""
    torso = person("red", "red", 5)
    both = found(gallery, Query("white trousers", (torso,), top=1))
    assert both == [("door", 1)]


def test_hits_are_ranked_and_tell_the_cosine_to_the_query(gallery: Gallery) -> None:
    probe = person("red", "black", 7)
    hits = searcher(gallery).search(Query(images=(probe,), top=5)).hits
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    vector = ColourEncoder().encode([probe])[0]
    stored = [tracklet(n, *walk).vectors[APPEARANCE] for walks in WALKS.values() for n, walk in enumerate(walks, 1)]
    assert [hit.score for hit in hits] == pytest.approx(
        sorted((float(vector @ s) for s in stored), reverse=True), abs=1e-5
    )
    assert all(hit.probability is None for hit in hits)
    assert len({hit.tracklet.id for hit in hits}) == 5


def test_several_pictures_are_one_mean_direction(gallery: Gallery) -> None:
    probes = (person("red", "black", 1), person("blue", "black", 2))
    hits = searcher(gallery).search(Query(images=probes, top=5)).hits
    vectors = ColourEncoder().encode(probes)
    mean = vectors.sum(axis=0) / np.linalg.norm(vectors.sum(axis=0))
    yard1 = tracklet(1, *WALKS["yard"][0]).vectors[APPEARANCE]
    score = next(hit.score for hit in hits if (hit.camera, hit.tracklet.number) == ("yard", 1))
    assert score == pytest.approx(float(mean @ yard1), abs=1e-5)


def test_probability_of_one_and_of_both(gallery: Gallery) -> None:
    a, b = 9.0, -4.0
    calibrated = searcher(gallery, (a, b))
    probe = person("red", "black", 3)
    by_words = {h.tracklet.id: h for h in calibrated.search(Query("red coat", top=5)).hits}
    by_picture = {h.tracklet.id: h for h in calibrated.search(Query(images=(probe,), top=5)).hits}
    for hit in by_words.values():
        assert hit.probability == pytest.approx(1 / (1 + math.exp(-(a * hit.score + b))))
    together = calibrated.search(Query("red coat", (probe,), top=5)).hits
    for hit in together:
        one, other = by_words[hit.tracklet.id], by_picture[hit.tracklet.id]
        assert hit.score == pytest.approx((one.score + other.score) / 2, abs=1e-6)
        odds = [h.probability / (1 - h.probability) for h in (one, other) if h.probability is not None]
        assert hit.probability == pytest.approx(odds[0] * odds[1] / (1 + odds[0] * odds[1]), rel=1e-4)
    assert [h.probability for h in together] == sorted((h.probability for h in together), reverse=True)


def test_fusion_is_not_drowned_by_the_wider_scale() -> None:
    """Words are clear but speak softly, the picture shouts and says little."""
    words = np.array([0.30, 0.20, 0.20, 0.20])
    picture = np.array([0.60, 0.62, 0.20, 0.95]) * 0.1 + 0.5
    merit, logits = fuse([words, picture], [None, None])
    assert logits is None
    assert int(np.argmax(merit)) == 0
    merit, logits = fuse([words, picture], [(60.0, -15.0), (10.0, -5.0)])
    assert logits is merit
    assert merit.tolist() == pytest.approx((60 * words - 15 + 10 * picture - 5).tolist())
    # one without a calibration: no probability can be told
    assert fuse([words, picture], [(60.0, -15.0), None])[1] is None


def test_fusion_of_equal_scores_is_no_division_by_zero() -> None:
    merit, _ = fuse([np.full(3, 0.5), np.array([0.1, 0.3, 0.2])], [None, None])
    assert np.isfinite(merit).all()
    assert int(np.argmax(merit)) == 1


def test_cameras_and_times(gallery: Gallery) -> None:
    assert found(gallery, Query("red coat", cameras=("door",), top=1)) == [("door", 1)]
    assert found(gallery, Query("red coat", window=Window(start_s=4.0, end_s=7.0))) in (
        [("yard", 2), ("door", 2)],
        [("door", 2), ("yard", 2)],
    )
    asked = Query("red coat", window=Window(start_s=100.0))
    assert searcher(gallery).search(asked).hits == ()


def test_footage_without_a_date_is_told_when_a_date_is_asked_for(gallery: Gallery) -> None:
    window = Window(start_at=datetime(2025, 5, 1, 14, 30, 4), end_at=datetime(2025, 5, 1, 14, 31))
    answer = searcher(gallery).search(Query("red coat", window=window))
    assert {(hit.camera, hit.tracklet.number) for hit in answer.hits} == {("yard", 2), ("yard", 3)}
    assert "1 footage without a known start" in answer.notices[0]


def test_an_unknown_camera(gallery: Gallery) -> None:
    with pytest.raises(QueryError, match="no camera 'yrad' in this gallery; did you mean 'yard'"):
        searcher(gallery).search(Query("red coat", cameras=("yrad",)))
    with pytest.raises(QueryError, match="known cameras: door, yard"):
        searcher(gallery).search(Query("red coat", cameras=("zzz",)))


def test_unknown_words_are_named(gallery: Gallery) -> None:
    answer = searcher(gallery).search(Query("the fluffy red wombat coat", top=1))
    assert answer.ignored_words == ("fluffy", "wombat")  # "the" describes nobody
    assert answer.notices == ("ignored, not known to the text encoder: fluffy, wombat",)
    assert len(answer.hits) == 1


def test_another_script_is_told_to_be_unknown(gallery: Gallery) -> None:
    answer = searcher(gallery).search(Query("red coat рюкзак", top=1))
    assert "рюкзак" in answer.notices[0]
    assert "English" in answer.notices[1]
    with pytest.raises(UnknownWords, match=r"红色外套.*English words only"):
        searcher(gallery).search(Query("红色外套"))


@pytest.mark.parametrize("text", ["", "   ", "?!", "\t\n", "…"])
def test_an_empty_query(gallery: Gallery, text: str) -> None:
    with pytest.raises(EmptyQuery, match="the query is empty"):
        searcher(gallery).search(Query(text))


def test_a_query_of_nothing(gallery: Gallery) -> None:
    with pytest.raises(EmptyQuery, match="--image"):
        searcher(gallery).search(Query())


def test_an_over_long_query() -> None:
    check_question(Query("red " * 80))
    with pytest.raises(QueryTooLong, match="81 words"):
        check_question(Query("red " * 81))
    with pytest.raises(QueryTooLong, match="3000 characters"):
        check_question(Query("x" * 3000))


@pytest.mark.parametrize(
    "window",
    [
        Window(start_s=5, end_s=4),
        Window(start_at=datetime(2025, 5, 2), end_at=datetime(2025, 5, 1)),
        Window(start_at=datetime(2025, 5, 1), end_at=datetime(2025, 5, 2, tzinfo=UTC)),
    ],
)
def test_a_window_that_cannot_be(window: Window) -> None:
    with pytest.raises(QueryError):
        check_question(Query("red", window=window))


def test_top_below_one() -> None:
    with pytest.raises(QueryError, match="at least one hit"):
        check_question(Query("red", top=0))


def test_another_model_is_refused(gallery: Gallery) -> None:
    stranger = Searcher(gallery, ColourEncoder("other pictures"), ColourWords("other words"))
    with pytest.raises(SpaceMismatch, match="was made with language encoder words, but the query uses other words"):
        stranger.search(Query("red coat"))
    with pytest.raises(SpaceMismatch, match="appearance encoder pictures"):
        stranger.search(Query(images=(person("red", "red"),)))


def test_an_encoder_that_was_not_opened(gallery: Gallery) -> None:
    with pytest.raises(QueryError, match="no text encoder"):
        Searcher(gallery, ColourEncoder("pictures")).search(Query("red coat"))
    with pytest.raises(QueryError, match="no image encoder"):
        Searcher(gallery, None, ColourWords("words")).search(Query(images=(person("red", "red"),)))


def test_an_empty_gallery(tmp_path: Path) -> None:
    with Gallery.open(tmp_path / "empty", create=True) as opened, pytest.raises(GalleryEmpty, match="reidpipe ingest"):
        searcher(opened).search(Query("red coat"))


def test_unfinished_footage_is_told(tmp_path: Path) -> None:
    with Gallery.open(tmp_path / "gallery", create=True) as opened:
        fill(opened)
        info = replace(opened.footage()[0].info, sha256="f" * 64, path=Path("/nowhere/more.mp4"))
        opened.begin(info, settings="s", spaces=spaces())
        answer = searcher(opened).search(Query("red coat"))
    assert answer.notices == ("1 footage is still being ingested, or its ingest was interrupted",)


def test_keypoints_reach_an_encoder_that_wants_them(gallery: Gallery) -> None:
    class Aligned(ColourEncoder):
        wants_keypoints = True

        def encode(self, images, keypoints=None):  # type: ignore[no-untyped-def]
            self.keypoints = keypoints
            return super().encode(images)

    class Pose:
        def estimate(self, crops):  # type: ignore[no-untyped-def]
            return Keypoints(np.full((len(crops), 17, 2), 3, np.float32), np.full((len(crops), 17), 0.5, np.float32))

    encoder = Aligned("pictures")
    Searcher(gallery, encoder, None, Pose()).search(Query(images=(person("red", "red"),)))
    assert encoder.keypoints.shape == (1, 17, 3)
    assert encoder.keypoints.dtype == np.float32
    assert encoder.keypoints[0, 0].tolist() == [3, 3, 0.5]


class ReadingWords(ColourWords):
    """Understands what is typed, and either denies or does not."""

    def __init__(self, denies: bool) -> None:
        super().__init__("words")
        self.denies = denies

    def read(self, text: str) -> Reading:
        return read(text, Vocabulary([*PALETTE, *UPPER, *LOWER, *NEUTRAL, "hat", "without", "backpack"]))

    def unknown_words(self, text: str) -> tuple[str, ...]:
        return tuple(ignored.phrase for ignored in self.read(text).ignored)

    def encode(self, texts: Sequence[str]) -> Floats:
        return super().encode([self.read(text).text for text in texts])


def test_what_was_understood_is_told(gallery: Gallery) -> None:
    def ask(text: str, denies: bool = True) -> Answer:
        return Searcher(gallery, None, ReadingWords(denies)).search(Query(text, top=1))

    answer = ask("angry man in a balck coat wihtout a hat, wombat")
    assert answer.notices == (
        'read "balck" as "black", "wihtout" as "without"',
        "denied, counts against: hat",
        "ignored: angry (no picture shows what somebody thinks or is like)",
        "ignored, not known to the text encoder: wombat",
    )
    assert answer.ignored_words == ("angry", "wombat")
    assert answer.read_as is not None
    assert (answer.read_as.text, answer.read_as.denied) == ("man in a black coat", ("hat",))
    assert ask("man without a hat", denies=False).notices == ("passed over, the text encoder cannot deny: hat",)
    chinese = ask("穿蓝色衬衫的男人")
    assert chinese.notices == ("Chinese, read as: a man wearing a blue shirt",)
    assert [(hit.camera, hit.tracklet.number) for hit in chinese.hits] == [("yard", 2)]
    assert ask("red coat").notices == ()
    assert ask("red coat рюкзак").notices[-1] == "only English and Chinese are understood"
    assert searcher(gallery).search(Query("red coat")).read_as is None


def test_nothing_to_search_by_is_told_with_the_reason(gallery: Gallery) -> None:
    with pytest.raises(UnknownWords, match=r"'angry'.*only English and Chinese"):
        Searcher(gallery, None, ReadingWords(True)).search(Query("angry"))
