"""Search by attributes, and attributes of hits, over the gallery of five people in clothes of known colours."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from colour_reader import COLOURS, reader
from colours import ColourEncoder, ColourWords
from rich.console import Console
from walks import fill, person

from pipeline import assemble
from pipeline.attributes import AttributeSearch, check_space
from pipeline.cli.attribute_options import parse_filters
from pipeline.cli.attribute_words import in_words
from pipeline.cli.render_attributes import described
from pipeline.cli.report_attributes import chips
from pipeline.config import load_settings
from pipeline.errors import EmptyQuery, ModelError, QueryError, SpaceMismatch
from pipeline.gallery import Gallery
from pipeline.index.exact import ExactIndex
from pipeline.matching import MatchedSearch
from pipeline.search import Answer, Searcher, check_question
from pipeline.types import AttributeFilter, Query, Trait, Window


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with Gallery.open(tmp_path_factory.mktemp("attributes") / "gallery", create=True) as opened:
        fill(opened)
        yield opened


def search(gallery: Gallery) -> AttributeSearch:
    return AttributeSearch(gallery, reader(), Searcher(gallery, ColourEncoder("pictures"), ColourWords("words")))


def ask(gallery: Gallery, *typed: str, **query: object) -> Answer:
    return search(gallery).search(Query(attributes=parse_filters(typed), **query))  # type: ignore[arg-type]


def who(answer: Answer) -> list[tuple[str, int]]:
    return [(hit.camera, hit.tracklet.number) for hit in answer.hits]


def test_attributes_alone_find_all_that_fit_and_nobody_else(gallery: Gallery) -> None:
    assert set(who(ask(gallery, "upper=red"))) == {("yard", 1), ("door", 1)}
    assert who(ask(gallery, "upper=red", "bag=backpack")) == [("yard", 1)]
    nobody = ask(gallery, "upper=purple", "lower=grey")
    assert nobody.hits == ()
    assert len(nobody.notices) == 1  # somebody is grey below
    assert nobody.notices[0].startswith("nobody reaches upper=purple: the most probable has 0.0")


def test_they_rank_by_the_product_of_the_probabilities(gallery: Gallery) -> None:
    hits = ask(gallery, "bag!=hand bag:0.01", "lower=black:0.000001", "upper=red:0.000001").hits
    assert len(hits) == 5
    ids = [hit.tracklet.id for hit in hits]
    (language,) = [space for kind, space in gallery.spaces().items() if kind == "language"]
    read = reader().read(gallery.vectors(language, ids))
    product = (
        (1 - read["bag"][:, 1]) * read["lower"][:, COLOURS.index("black")] * read["upper"][:, COLOURS.index("red")]
    )
    assert [hit.score for hit in hits] == pytest.approx(product.tolist(), rel=1e-5)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    assert hits[0].probability == hits[0].score


def test_two_values_of_one_thing_mean_either(gallery: Gallery) -> None:
    assert set(who(ask(gallery, "upper=red", "upper=blue"))) == {("yard", 1), ("door", 1), ("yard", 2)}


def test_who_is_left_out(gallery: Gallery) -> None:
    assert set(who(ask(gallery, "upper!=red", "bag!=backpack"))) == {("yard", 2), ("yard", 3)}


def test_the_bar(gallery: Gallery) -> None:
    everybody = ask(gallery, "upper=red:0.0001")
    assert len(everybody.hits) == 5
    assert everybody.hits[0].score > 0.5 > everybody.hits[-1].score


@pytest.mark.parametrize("query", [{"text": "red coat"}, {"images": (person("red", "black"),)}])
def test_a_filter_goes_into_the_search_of_words_and_pictures(gallery: Gallery, query: dict[str, object]) -> None:
    """The one that is asked for comes first without a filter, and must not take the place of those who pass it."""
    assert ask(gallery, **query).hits[0].tracklet.footage.info.camera in ("yard", "door")
    answer = ask(gallery, "upper=green", "upper=blue", top=2, **query)
    assert set(who(answer)) == {("yard", 2), ("yard", 3)}
    assert all(hit.score < 0.6 for hit in answer.hits)
    assert who(ask(gallery, "upper=purple", **query)) == []


def test_it_goes_together_with_cameras_and_times(gallery: Gallery) -> None:
    assert who(ask(gallery, "upper=red", cameras=("door",))) == [("door", 1)]
    assert who(ask(gallery, "upper=red", text="red coat", cameras=("door",))) == [("door", 1)]
    assert who(ask(gallery, "bag=backpack", window=Window(start_s=4))) == [("door", 2)]
    assert who(ask(gallery, "bag=backpack", window=Window(start_s=4), cameras=("yard",))) == []
    with pytest.raises(QueryError, match="no camera"):
        ask(gallery, "upper=red", cameras=("dor",))


def test_top(gallery: Gallery) -> None:
    assert len(ask(gallery, "upper=red", top=1).hits) == 1


def test_every_hit_tells_what_it_looks_like(gallery: Gallery) -> None:
    hit = ask(gallery, text="red coat and black trousers", top=1).hits[0]
    told = hit.as_dict()["attributes"]
    assert list(told["upper"]) == ["red"]
    assert 0.5 < told["lower"]["black"] <= 1
    assert list(told["bag"]) == ["backpack"]
    white = next(h for h in ask(gallery, text="white trousers").hits if (h.camera, h.tracklet.number) == ("door", 1))
    assert "bag" not in white.as_dict()["attributes"]


def test_a_matcher_gets_the_filtered_and_keeps_what_is_told(gallery: Gallery) -> None:
    class Judge:
        space = "judge"

        def unknown_words(self, text: str) -> tuple[str, ...]:
            return ()

        def scores(self, texts: object, images: list[np.ndarray]) -> np.ndarray:
            return np.array([[float(image.mean()) for image in images]], np.float32)

        def explain(self, text: str, image: object) -> None:
            return None

    inner = Searcher(gallery, ColourEncoder("pictures"), ColourWords("words"))
    matched = AttributeSearch(gallery, reader(), inner, MatchedSearch(inner, Judge(), "judge"))
    answer = matched.search(Query("blue shirt", attributes=parse_filters(["upper=red"])))
    assert set(who(answer)) == {("yard", 1), ("door", 1)}
    assert all(hit.match is not None and hit.traits for hit in answer.hits)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("uper=red", "did you mean 'upper'?"),
        ("backpack=yes", "did you mean --attr 'bag=backpack'?"),
        ("zzz=yes", "known: upper, lower, bag"),
        ("upper=rad", "did you mean 'red'?"),
        ("upper=pink", "it knows red"),
        ("bag=elephant", "it knows backpack, hand bag"),
    ],
)
def test_what_is_unknown_is_answered_with_what_is_known(gallery: Gallery, typed: str, told: str) -> None:
    with pytest.raises(QueryError, match="--attr") as error:
        ask(gallery, typed)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_other_spellings(gallery: Gallery) -> None:
    assert set(who(ask(gallery, "Bag=Rucksack"))) == {("yard", 1), ("door", 2)}
    assert who(ask(gallery, "lower = gray")) == [("yard", 2)]
    assert who(ask(gallery, "bag=hand_bag:0.9")) == []


@pytest.mark.parametrize("typed", ["", "upper", "upper=", "=red", "upper=red:0", "upper=red:2", "upper=red:x", "a=b=c"])
def test_what_is_no_condition(typed: str) -> None:
    with pytest.raises(QueryError, match="--attr"):
        parse_filters([typed])


def test_the_form_of_a_condition() -> None:
    assert parse_filters(["upper=red", "bag!=hand bag:0.3"]) == (
        AttributeFilter("upper", "red"),
        AttributeFilter("bag", "hand bag", without=True, least=0.3),
    )
    assert [str(one) for one in parse_filters(["upper = red", "bag!=hand bag:0.3"])] == [
        "upper=red",
        "bag!=hand bag:0.3",
    ]


def test_a_question_needs_something() -> None:
    with pytest.raises(EmptyQuery, match="--attr"):
        check_question(Query())
    check_question(Query(attributes=parse_filters(["upper=red"])))


def test_a_gallery_of_another_encoder(gallery: Gallery) -> None:
    with pytest.raises(SpaceMismatch, match="made with the language encoder words"):
        check_space(reader("other"), gallery)
    check_space(reader(), gallery)
    settings = load_settings(None, {"gallery": gallery.path})
    assert assemble.build_attribute_reader(settings, gallery, needed=False) is None  # the shipped one, of another space
    with pytest.raises(SpaceMismatch):
        assemble.build_attribute_reader(settings, gallery, needed=True)


def test_a_checkpoint_without_a_reader(gallery: Gallery, tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text('{"kind": "language", "network": {}, "preprocess": {}, "files": {}}')
    settings = load_settings(None, {"gallery": gallery.path, "encoders": {"language": tmp_path}})
    assert assemble.build_attribute_reader(settings, gallery, needed=False) is None
    with pytest.raises(ModelError, match="fit-attributes"):
        assemble.build_attribute_reader(settings, gallery, needed=True)


def test_the_ids_of_a_search_are_an_intersection(gallery: Gallery) -> None:
    space = gallery.spaces()["language"]
    probe = np.ones((1, space.dim), np.float32)
    everybody = [identifier for identifier, _ in gallery.search(space, probe, 10)[0]]
    door = [identifier for identifier, _ in gallery.search(space, probe, 10, cameras=("door",))[0]]
    assert gallery.search(space, probe, 10, only=())[0] == []
    assert {i for i, _ in gallery.search(space, probe, 10, only=everybody[:3])[0]} == set(everybody[:3])
    found = gallery.search(space, probe, 10, cameras=("door",), only=everybody[:3])[0]
    assert {i for i, _ in found} == set(everybody[:3]) & set(door)
    ids, vectors = gallery.candidates(space, cameras=("door",))
    assert set(ids.tolist()) == set(door)
    index = ExactIndex(space.dim)
    index.add(ids, vectors)
    assert np.allclose(index.vectors(ids), gallery.vectors(space, ids.tolist()))


TRAITS = (
    Trait("gender", "female", 0.95),
    Trait("age", "young", 0.9),
    Trait("hair", "long", 0.7),
    Trait("upper", "red", 0.6),
    Trait("upper_garment", "jacket", 0.9),
    Trait("lower", "black", 0.99),
    Trait("lower_garment", "jeans", 0.6),
    Trait("sleeves", "long", 0.4),
    Trait("bag", "backpack", 0.83),
    Trait("bag", "none", 0.55),
)


def test_in_words() -> None:
    assert in_words(TRAITS) == "woman, long hair?, red jacket?, black jeans?, backpack"
    assert in_words([*TRAITS, Trait("lower_length", "long", 0.9)]).endswith("black trousers, backpack")
    assert in_words([Trait("upper", "red", 0.9), Trait("lower", "blue", 0.7)]) == "red top, blue bottoms?"
    assert in_words(()) == ""
    assert in_words([Trait("upper", "red", 0.4)]) == ""


def test_the_lines_below_the_table_and_the_chips(gallery: Gallery) -> None:
    (hit, *_) = ask(gallery, text="red coat", top=1).hits
    evil = replace(hit, traits=(*TRAITS, Trait("bag", "<b>\x1b", 0.9)))

    def shown(in_full: bool) -> str:
        out = io.StringIO()
        described([evil], in_full=in_full, to=Console(file=out, width=200))
        return out.getvalue()

    assert "woman, long hair?, red jacket?" in shown(False)
    assert "sleeves long 40 %" in shown(True)
    assert "\x1b" not in shown(True)
    html = chips(evil)
    assert "<li>woman <b>95 %</b></li>" in html
    assert '<li class="unsure">upper red <b>60 %</b></li>' in html
    assert "sleeves" not in html
    assert "<b>\x1b" not in html
    assert "&lt;b&gt;" in html
    assert chips(replace(hit, traits=())) == ""
