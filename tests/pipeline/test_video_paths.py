from pathlib import Path

import pytest

from pipeline.errors import FootageNotFound
from pipeline.video import find_footage


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "b.mp4",
        "a.AVI",
        "sub/c.mkv",
        "sub/notes.txt",
        ".hidden.mp4",
        ".cache/d.mp4",
        "._b.mp4",
        "empty/x.txt",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def names(files: list[Path], root: Path) -> list[str]:
    return [str(file.relative_to(root)) for file in files]


def test_a_folder_stands_for_its_videos_in_order(tree: Path) -> None:
    files, errors = find_footage([tree])
    assert names(files, tree) == ["a.AVI", "b.mp4", "sub/c.mkv"]
    assert not errors


def test_a_named_file_is_taken_whatever_its_suffix(tree: Path) -> None:
    assert find_footage([tree / "sub/notes.txt"]) == ([tree / "sub/notes.txt"], [])


def test_each_file_is_taken_once_however_it_is_named(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / "link.mp4").symlink_to(tree / "b.mp4")
    monkeypatch.chdir(tree)
    files, errors = find_footage(["b.mp4", tree / "b.mp4", "sub/../b.mp4", "link.mp4", "."])
    assert names(files, tree) == ["b.mp4", "a.AVI", "sub/c.mkv"]
    assert all(file.is_absolute() for file in files)
    assert not errors


def test_patterns_that_no_shell_expanded(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    assert names(find_footage(["*.mp4"])[0], tree) == ["b.mp4"]
    assert find_footage([tree / "[ab].*"])[0] == [tree / "a.AVI", tree / "b.mp4"]
    files, errors = find_footage([f"{tree}/**/*.mkv"])
    assert names(files, tree) == ["sub/c.mkv"]
    assert not errors


def test_a_folder_without_video_is_no_fault_where_a_pattern_met_it(tree: Path) -> None:
    files, errors = find_footage([f"{tree}/*"])
    assert names(files, tree) == ["a.AVI", "b.mp4", "sub/c.mkv"]
    assert not errors


def test_a_name_with_brackets_is_a_name_first(tree: Path) -> None:
    odd = tree / "cam[1].mp4"
    odd.touch()
    assert find_footage([odd]) == ([odd], [])


def test_what_is_missing_is_named_and_stops_nothing_else(tree: Path) -> None:
    files, errors = find_footage([tree / "gone.mp4", tree / "b.mp4", tree / "empty", tree / "*.webm"])
    assert names(files, tree) == ["b.mp4"]
    assert all(isinstance(error, FootageNotFound) for error in errors)
    assert [str(error) for error in errors] == [
        f"{tree}/gone.mp4: no such file or folder",
        f"{tree}/empty: no video file in this folder",
        f"{tree}/*.webm: no video file matches this pattern",
    ]


def test_a_link_that_leads_nowhere_is_handed_on_to_be_named_when_opened(tree: Path) -> None:
    (tree / "dangling.mp4").symlink_to(tree / "gone.mp4")
    assert find_footage([tree / "dangling.mp4"])[0] == [tree / "dangling.mp4"]


def test_a_folder_that_holds_itself_is_walked_once(tree: Path) -> None:
    (tree / "sub/again").symlink_to(tree)
    assert len(find_footage([tree])[0]) == 3
