"""The second look at the first hits, with matchers whose verdicts are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from colours import ColourEncoder, ColourWords
from walks import fill, person

from pipeline.errors import EmptyQuery, ModelError, QueryError, UnknownWords
from pipeline.gallery import Gallery
from pipeline.matching import CROPS, MatchedSearch
from pipeline.search import Searcher
from pipeline.types import Floats, Hit, Image, Query, StoredTracklet
from reid.types import Explanation, Matcher

CALIBRATION = (9.0, -4.0)


class Judge:
    """Scores a picture by a function of its mean colour; knows every word but 'wombat'."""

    space = "judge"

    def __init__(self, verdict: Callable[[np.ndarray], float]) -> None:
        self.verdict = verdict
        self.seen = 0

    def unknown_words(self, text: str) -> tuple[str, ...]:
        return tuple(word for word in text.split() if word == "wombat")

    def scores(self, texts: Sequence[str], images: Sequence[Image]) -> Floats:
        if all(word == "wombat" for word in texts[0].split()):
            raise ValueError("no word to search by")
        self.seen += len(images)
        row = [self.verdict(image.reshape(-1, 3).mean(axis=0)) for image in images]
        return np.array([row] * len(texts), np.float32)

    def explain(self, text: str, image: Image) -> Explanation | None:
        return None


class Talker(Judge):
    """Says the colour that it sees, and where it looked for each word."""

    def explain(self, text: str, image: Image) -> Explanation | None:
        words = tuple(text.split())
        regions = np.full((len(words), 4, 2), 0.125, np.float32)
        return Explanation(words, np.full(len(words), 1 / len(words), np.float32), regions)

    def describe(self, images: Sequence[Image]) -> list[str]:
        return [f"a person of redness {image[..., 0].mean():.0f}" for image in images]


def redness(colour: np.ndarray) -> float:
    return float(colour[0])


def greyness(_: np.ndarray) -> float:
    return 1.0


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    with Gallery.open(tmp_path / "gallery", create=True) as opened:
        fill(opened)
        yield opened


def searcher(gallery: Gallery) -> Searcher:
    return Searcher(gallery, ColourEncoder("pictures", CALIBRATION), ColourWords("words", CALIBRATION))


def matched(gallery: Gallery, judge: Matcher, shortlist: int = 50) -> MatchedSearch:
    return MatchedSearch(searcher(gallery), judge, "judge", shortlist)


def people(hits: Sequence[Hit]) -> list[int]:
    return [hit.tracklet.id for hit in hits]


def mean_colour(hit: Hit) -> np.ndarray:
    image = cv2.imread(hit.best.path)
    assert image is not None
    return image[:, :, ::-1].reshape(-1, 3).mean(axis=0)


def test_hits_are_put_in_the_order_of_the_matcher(gallery: Gallery) -> None:
    first = searcher(gallery).search(Query("blue shirt", top=5)).hits
    answer = matched(gallery, Judge(redness)).search(Query("blue shirt", top=5))
    assert [hit.rank for hit in answer.hits] == [1, 2, 3, 4, 5]
    assert answer.matcher == "judge"
    assert people(answer.hits) == people(sorted(first, key=lambda hit: -mean_colour(hit)[0]))
    assert people(answer.hits) != people(first)
    by_id = {hit.tracklet.id: hit for hit in first}
    for hit in answer.hits:
        before = by_id[hit.tracklet.id]
        assert hit.match is not None
        assert (hit.match.first_rank, hit.match.first_probability) == (before.rank, before.probability)
        assert hit.score == before.score
        assert hit.probability is None  # nobody has calibrated the order of the matcher
        assert hit.match.score == pytest.approx(mean_colour(hit)[0], abs=1e-3)
        assert (hit.match.sentence, hit.match.words) == (None, ())


def test_what_json_tells(gallery: Gallery) -> None:
    hit = matched(gallery, Talker(redness)).search(Query("blue shirt", top=5)).hits[0]
    told = hit.as_dict()
    assert hit.match is not None
    assert told["probability"] is None
    assert told["first_search"] == {
        "rank": hit.match.first_rank,
        "score": told["score"],
        "probability": round(hit.match.first_probability or 0, 4),
    }
    assert told["matcher"] == {
        "name": "judge",
        "score": round(hit.match.score, 4),
        "crops": 1,
        "sentence": hit.match.sentence,
        "words": [{"word": "blue", "weight": 0.5}, {"word": "shirt", "weight": 0.5}],
    }
    plain = searcher(gallery).search(Query("blue shirt", top=1)).hits[0].as_dict()
    assert (plain["matcher"], plain["first_search"]) == (None, None)
    assert plain["probability"] is not None


def test_equals_stay_in_the_order_of_the_search(gallery: Gallery) -> None:
    first = searcher(gallery).search(Query("green trousers", top=5)).hits
    assert people(matched(gallery, Judge(greyness)).search(Query("green trousers", top=5)).hits) == people(first)


def test_only_the_short_list_is_judged_and_the_rest_follows(gallery: Gallery) -> None:
    first = searcher(gallery).search(Query("blue shirt", top=5)).hits
    judge = Judge(redness)
    hits = matched(gallery, judge, shortlist=3).search(Query("blue shirt", top=5)).hits
    assert judge.seen == 3
    assert set(people(hits[:3])) == set(people(first[:3]))
    assert people(hits[3:]) == people(first[3:])
    assert [hit.match is None for hit in hits] == [False] * 3 + [True] * 2
    assert [hit.probability is None for hit in hits] == [True] * 3 + [False] * 2


def test_who_is_far_behind_can_come_first_although_few_are_asked_for(gallery: Gallery) -> None:
    first = searcher(gallery).search(Query("blue shirt", top=5)).hits
    hits = matched(gallery, Judge(redness)).search(Query("blue shirt", top=1)).hits
    assert len(hits) == 1
    assert people(hits) == people(sorted(first, key=lambda hit: -mean_colour(hit)[0])[:1])
    assert hits[0].match is not None
    assert hits[0].match.first_rank > 1


def test_with_a_picture_the_matcher_stands_in_for_the_words_only(gallery: Gallery) -> None:
    """The matcher finds all alike, so the picture alone decides; then the matcher speaks and the picture is silent."""
    probe = person("green", "brown", 99)
    by_picture = searcher(gallery).search(Query(images=(probe,), top=5)).hits
    both = matched(gallery, Judge(greyness)).search(Query("red coat", (probe,), top=5)).hits
    alike = {hit.tracklet.id: round(hit.score, 5) for hit in by_picture}
    assert [alike[i] for i in people(both)] == sorted(alike.values(), reverse=True)

    judge = Judge(redness)
    hits = matched(gallery, judge).search(Query("red coat", (probe,), top=5)).hits
    red = np.array([mean_colour(hit)[0] for hit in by_picture])
    likeness = np.array([hit.score for hit in by_picture])
    merit = (red - red.mean()) / red.std() + (likeness - likeness.mean()) / likeness.std()
    assert people(hits) == [by_picture[i].tracklet.id for i in np.argsort(-merit)]
    assert people(hits) not in (people(by_picture), people(matched(gallery, judge).search(Query("red coat")).hits))


def test_a_tracklet_is_judged_by_the_mean_of_its_best_crops(tmp_path: Path, gallery: Gallery) -> None:
    found = searcher(gallery).search(Query("blue shirt", top=2)).hits
    shades = ([10, 10, 250], [90, 90, 90])  # the brightest crop of the first is brighter, its mean is not
    made = {hit.tracklet.id: _with_crops(hit.tracklet, tmp_path, s) for hit, s in zip(found, shades, strict=True)}

    class Fixed(Searcher):
        def search(self, query: Query) -> object:  # type: ignore[override]
            answer = super().search(query)
            return replace(answer, hits=tuple(replace(h, tracklet=made[h.tracklet.id]) for h in answer.hits[:2]))

    fixed = Fixed(gallery, None, ColourWords("words"))
    judge = Judge(redness)
    hits = MatchedSearch(fixed, judge, "judge").search(Query("blue shirt", top=2)).hits
    assert people(hits) == [found[0].tracklet.id, found[1].tracklet.id]
    matches = [hit.match for hit in hits if hit.match is not None]
    assert [match.score for match in matches] == pytest.approx([90.0, 90.0], abs=1.5)
    assert [match.crops for match in matches] == [CROPS, CROPS]
    assert judge.seen == 2 * CROPS


def _with_crops(tracklet: StoredTracklet, folder: Path, shades: Sequence[int]) -> StoredTracklet:
    crops = []
    for number, shade in enumerate([*shades, 255, 255]):  # the last two are beyond those that are judged
        path = folder / f"{tracklet.id}-{number}.png"
        cv2.imwrite(str(path), np.full((32, 16, 3), shade, np.uint8))
        crops.append(replace(tracklet.crops[0], path=str(path)))
    return replace(tracklet, crops=tuple(crops))


@pytest.mark.parametrize("damage", ["erased", "emptied", "scribbled"])
def test_a_hit_whose_pictures_are_gone_keeps_its_place(gallery: Gallery, damage: str) -> None:
    first = searcher(gallery).search(Query("blue shirt", top=5)).hits
    path = Path(first[1].best.path)
    if damage == "erased":
        path.unlink()
    else:
        path.write_bytes(b"" if damage == "emptied" else b"no picture")
    answer = matched(gallery, Judge(redness)).search(Query("blue shirt", top=5))
    hit = answer.hits[1]
    assert hit.tracklet.id == first[1].tracklet.id
    assert (hit.match, hit.probability) == (None, first[1].probability)
    others = [h for h in answer.hits if h is not hit]
    assert people(others) == people(sorted(others, key=lambda h: -mean_colour(h)[0]))
    assert answer.notices == ("1 hit keeps its place: no picture left to judge by (erased, or it cannot be read)",)


def test_without_any_picture_the_order_is_that_of_the_search(gallery: Gallery) -> None:
    first = searcher(gallery).search(Query("blue shirt", (person("red", "red"),), top=5)).hits
    for hit in first:
        Path(hit.best.path).unlink()
    answer = matched(gallery, Talker(redness)).search(Query("blue shirt", (person("red", "red"),), top=5))
    assert people(answer.hits) == people(first)
    assert "5 hits keep their places" in answer.notices[-1]


def test_a_matcher_that_speaks_gives_every_hit_its_own_sentence(gallery: Gallery) -> None:
    hits = matched(gallery, Talker(redness), shortlist=3).search(Query("blue shirt", top=4)).hits
    for hit in hits[:3]:
        assert hit.match is not None
        assert hit.match.sentence == f"a person of redness {hit.match.score:.0f}"
        assert [word.word for word in hit.match.words] == ["blue", "shirt"]
        assert hit.match.words[0].region == ((0.125, 0.125),) * 4
    assert hits[3].match is None


def test_words_that_only_the_matcher_does_not_know_are_told(gallery: Gallery) -> None:
    class Strict(Judge):
        def unknown_words(self, text: str) -> tuple[str, ...]:
            return ("a", "shirt", "fluffy")

    answer = matched(gallery, Strict(redness)).search(Query("a fluffy blue shirt", top=1))
    assert answer.notices == (
        "ignored, not known to the text encoder: fluffy",
        "not known to the matcher judge: shirt",
    )


def test_questions_that_a_matcher_cannot_judge(gallery: Gallery) -> None:
    with pytest.raises(QueryError, match="the question has no words"):
        matched(gallery, Judge(redness)).search(Query(images=(person("red", "red"),)))
    with pytest.raises(EmptyQuery):
        matched(gallery, Judge(redness)).search(Query(""))

    class Knows(ColourWords):
        def encode(self, texts: Sequence[str]) -> Floats:
            return super().encode(["red"] * len(texts))

    knowing = Searcher(gallery, None, Knows("words"))
    with pytest.raises(UnknownWords, match=r"matcher judge: no word to search by; .*English words only"):
        MatchedSearch(knowing, Judge(redness), "judge").search(Query("wombat"))
    with pytest.raises(ModelError, match="not finite"):
        matched(gallery, Judge(lambda _: float("nan"))).search(Query("red"))


def test_nobody_is_found(gallery: Gallery) -> None:
    from pipeline.types import Window

    answer = matched(gallery, Talker(redness)).search(Query("red", window=Window(start_s=1000)))
    assert (answer.hits, answer.notices, answer.matcher) == ((), (), "judge")
