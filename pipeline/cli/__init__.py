"""The command line. Each command is imported only when it is run, so that `--help` and `--version` are quick."""

from __future__ import annotations

import difflib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

DEBUG_VARIABLE = "REIDPIPE_DEBUG"
UNEXPECTED = 70  # EX_SOFTWARE of sysexits.h
BROKEN_PIPE = 141  # what a shell tells of a program that SIGPIPE ended
INTERRUPTED = 130

# name -> where the command lies, and what `reidpipe --help` says of it. To add a command: one file, one line here.
COMMANDS = {
    "ingest": ("pipeline.cli.ingest:ingest", "Find the people in footage and keep them in a gallery."),
    "query": ("pipeline.cli.query:query", "Find a person by words, by a picture, or by both."),
    "footage": ("pipeline.cli.footage:footage", "List, show or remove the footage of a gallery."),
    "doctor": ("pipeline.cli.doctor:doctor", "Check the installation, the weights and the gallery."),
    "train": ("pipeline.cli.train:train", "Train a network and write its checkpoint."),
    "keypoints": (
        "pipeline.cli.keypoints:keypoints",
        "Find the body keypoints of a data set, to train aligned strips.",
    ),
    "fit-attributes": (
        "pipeline.cli.fit_attributes:fit_attributes",
        "Teach a language checkpoint to tell attributes (clothes, bags, ...).",
    ),
    "evaluate": ("pipeline.cli.evaluate:evaluate", "Measure an encoder on data sets, by their published protocols."),
    "calibrate": ("pipeline.cli.calibrate:calibrate", "Fit how probable a checkpoint's hits are."),
    "compare": ("pipeline.cli.compare:compare", "Train and measure many methods, and write one table of them."),
}


class LazyGroup(click.Group):
    """A group whose commands are named in a table and imported when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of a newcomer's steps."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, and for a slip of the finger with a guess of what was meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            close = difflib.get_close_matches(name, COMMANDS, 1, 0.5)
            hint = f"did you mean '{close[0]}'?" if close else "commands: " + ", ".join(COMMANDS)
            ctx.fail(f"no command '{name}'; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a reader that went away (`| head`) ends it without a word."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # what is still buffered must not be flushed into the broken pipe at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(BROKEN_PIPE) from None
        return result


def _version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"reidpipe {version('reidpipe')}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and leave.",
)
def cli() -> None:
    """Find a person in video by words or by a picture.

    \b
    First let reidpipe look through the footage, then ask:
      reidpipe ingest entrance.mp4 yard.mp4
      reidpipe query woman in a red coat with a backpack
      reidpipe query --image someone.jpg --report answer.html

    Everything stays on this machine. `reidpipe COMMAND --help` tells more.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; None takes those of the process.

    Returns:
        The exit code: 0 is success, 1 "nothing was found" or "something is wrong", 2 a wrong option, others as in
        `pipeline.errors`, 70 a fault of the program.
    """
    debug = os.environ.get(DEBUG_VARIABLE, "") not in ("", "0")
    if not (debug or sys.warnoptions):
        _without_warnings()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter must not end the work
    try:
        result = cli.main(None if arguments is None else list(arguments), "reidpipe", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted", INTERRUPTED)
    except Exception as error:
        if debug:
            traceback.print_exc()
        return _fail(*_told(error))
    return result if isinstance(result, int) else 0


def _without_warnings() -> None:
    import warnings

    warnings.simplefilter("ignore")  # those of libraries, which mean nothing to a user


def _told(error: Exception) -> tuple[str, int]:
    """One line for an error, and the exit code."""
    from pipeline.errors import ReidpipeError

    line = " ".join(str(error).split())
    if isinstance(error, ReidpipeError):
        return line, error.exit_code
    if isinstance(error, ImportError):
        from pipeline.cli.checks import foreign_packages

        if foreign := foreign_packages():
            return f"{foreign[0]} ({line})", UNEXPECTED
    if isinstance(error, MemoryError):
        return "out of memory; try a smaller --batch or fewer programs at the same time", UNEXPECTED
    kind = type(error).__name__
    return f"unexpected {kind}: {line or 'no message'}; run with {DEBUG_VARIABLE}=1 for the traceback", UNEXPECTED


def _fail(line: str, code: int) -> int:
    from pipeline.cli import render

    render.error(line)
    return code
