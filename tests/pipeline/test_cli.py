import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pipeline import cli as module
from pipeline.cli import COMMANDS, LazyGroup, cli, main
from pipeline.cli.stopping import Stop
from pipeline.errors import DiskFull, ReidpipeError

HEAVY = ("torch", "cv2", "faiss", "ultralytics", "openvino", "av", "sqlalchemy", "rich", "numpy", "pydantic")
ROOT = Path(__file__).parents[2]


def run(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **environment})


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["-h"], []])
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from pipeline.cli import main; main(sys.argv[1:]); "
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = run(code, *arguments)
    assert done.stderr.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", ["ingest", "query", "footage", "doctor"])
def test_the_help_of_a_command_loads_nothing_heavy_either(name: str) -> None:
    code = (
        "import sys; from pipeline.cli import main; main(sys.argv[1:]); "
        f"print([name for name in {HEAVY[:7]} if name in sys.modules], file=sys.stderr)"
    )
    done = run(code, name, "--help")
    assert done.stderr.strip() == "[]"
    assert "Example" in done.stdout or name == "doctor"


def test_every_command_of_the_table_is_there_and_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    context = click.Context(cli)
    for name, (_, short) in COMMANDS.items():
        assert f"{name} {short}" in told
        command = cli.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert main([name, "--help"]) == 0


def test_a_slip_of_the_finger(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["qurey", "red"]) == 2
    assert "no command 'qurey'; did you mean 'query'?" in capsys.readouterr().err
    assert main(["zzzzz"]) == 2
    assert "commands: ingest, query" in capsys.readouterr().err
    assert main(["query", "--colour", "red"]) == 2
    assert "--colour" in capsys.readouterr().err


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    @click.command()
    def fails() -> None:
        raise error

    monkeypatch.setattr(LazyGroup, "get_command", lambda *_: fails)


def test_our_errors_are_one_line_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(monkeypatch, DiskFull("no room left"))
    assert main(["doctor"]) == 5
    assert capsys.readouterr().err == "error: no room left\n"
    raising(monkeypatch, ReidpipeError("a\nb \x1b[31m\udcff"))
    assert main(["doctor"]) == 1
    assert capsys.readouterr().err == "error: a b �[31m�\n"


def test_a_fault_of_the_program_is_one_line_with_a_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("REIDPIPE_DEBUG", raising=False)
    raising(monkeypatch, KeyError("lost"))
    assert main(["doctor"]) == 70
    assert capsys.readouterr().err == (
        "error: unexpected KeyError: 'lost'; run with REIDPIPE_DEBUG=1 for the traceback\n"
    )
    monkeypatch.setenv("REIDPIPE_DEBUG", "1")
    assert main(["doctor"]) == 70
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_no_memory(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    raising(monkeypatch, MemoryError())
    assert main(["doctor"]) == 70
    assert "out of memory" in capsys.readouterr().err


def test_a_failed_import_is_blamed_on_who_took_the_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(monkeypatch, ImportError("cannot import name 'open_detector' from 'detectors'"))
    monkeypatch.setattr(
        "pipeline.cli.checks.metadata.packages_distributions", lambda: {"detectors": ["some-detectors"]}
    )
    assert main(["doctor"]) == 70
    assert "package some-detectors also installs a module 'detectors'" in capsys.readouterr().err


def test_interrupted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    raising(monkeypatch, KeyboardInterrupt())
    assert main(["doctor"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_a_reader_that_went_away_is_no_error() -> None:
    code = (
        "import sys, click; from pipeline import cli\n"
        "@click.command()\n"
        "def talks(): [click.echo('word ' * 1000) for _ in range(1000)]\n"
        "cli.LazyGroup.get_command = lambda *_: talks\n"
        "sys.exit(cli.main(['doctor']))"
    )
    command = ["bash", "-c", f'{sys.executable} -c "$1" | head -c 10 > /dev/null; echo ${{PIPESTATUS[0]}}', "-", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout.strip(), done.stderr) == (str(module.BROKEN_PIPE), "")


def test_a_terminal_that_lacks_letters() -> None:
    code = (
        "import sys; from pipeline import cli; from pipeline.cli import render; import click\n"
        "cli.LazyGroup.get_command = lambda *_: click.command()(lambda: render.say('a\u2013b'))\n"
        "sys.exit(cli.main(['doctor']))"
    )
    done = run(code, PYTHONIOENCODING="ascii")
    assert (done.stdout, done.stderr, done.returncode) == ("a?b\n", "", 0)


def test_warnings_of_libraries_stay_off_the_screen() -> None:
    code = (
        "import sys, warnings, click; from pipeline import cli\n"
        "@click.command()\n"
        "def noisy(): warnings.warn('hear me')\n"
        "cli.LazyGroup.get_command = lambda *_: noisy\n"
        "sys.exit(cli.main(['doctor']))"
    )
    assert run(code).stderr == ""
    assert "hear me" in run(code, REIDPIPE_DEBUG="1").stderr


def test_the_first_ctrl_c_asks_and_the_second_ends() -> None:
    code = (
        "import os, signal\n"
        "from pipeline.cli.stopping import Stop\n"
        "told = []\n"
        "with Stop(lambda: told.append(1)) as stop:\n"
        "    os.kill(os.getpid(), signal.{kind})\n"
        "    print(stop.asked, told)\n"
        "    try: os.kill(os.getpid(), signal.SIGINT); print('went on')\n"
        "    except KeyboardInterrupt: print('ended')\n"
        "print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    )
    for kind in ("SIGINT", "SIGTERM"):
        assert run(code.replace("{kind}", kind)).stdout.split("\n")[:3] == ["True [1]", "ended", "True"]


def test_stop_asks_nobody_outside_the_main_thread() -> None:
    import threading

    seen: list[bool] = []

    def work() -> None:
        with Stop(lambda: None) as stop:
            seen.append(stop.asked)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]


def test_json_survives_any_file_name(capsys: pytest.CaptureFixture[str]) -> None:
    from pipeline.cli import render

    render.as_json({"path": os.fsdecode(b"caf\xe9.mp4")})
    out = capsys.readouterr().out
    assert out.isascii()
    assert os.fsencode(json.loads(out)["path"]) == b"caf\xe9.mp4"


@pytest.mark.parametrize(
    ("probability", "told"), [(None, ""), (0.0001, "<1 %"), (0.5, "50 %"), (0.994, ">99 %"), (0.99, "99 %")]
)
def test_no_probability_is_told_as_certain(probability: float | None, told: str) -> None:
    from pipeline.cli.render import percent

    assert percent(probability) == told


def test_completion_is_offered() -> None:
    done = run("from pipeline.cli import main; main()", _REIDPIPE_COMPLETE="bash_source")
    assert "_REIDPIPE_COMPLETE=bash_complete" in done.stdout
