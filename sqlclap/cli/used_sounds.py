"""Sounds that a command hands to another program: found in the library, kept as used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sqlclap.cli.sound_arguments import named_sounds
from sqlclap.desktop import run_program
from sqlclap.errors import LibraryError, SetError, SettingsError
from sqlclap.quantities import printable

if TYPE_CHECKING:
    from sqlclap.curation.keeping import Action
    from sqlclap.db.samples import Sample
    from sqlclap.db.spans import SampleSpan


def used_places(library: str, sounds: Sequence[str]) -> list[tuple[Sample, SampleSpan]]:
    """Return the samples, and spans of samples, that are named; files come from the library alone.

    Raises
    ------
    UnknownSoundError, SpanError, QueryError
    NoAudioError
        One came as a vector alone.
    """
    import sqlclap

    with sqlclap.open(library, mode="read") as opened:
        return opened.curation.places(sounds)


def hand_over(
    library: str,
    sounds: Sequence[str],
    action: Action,
    command_for: Callable[[Path], list[str] | None],
) -> None:
    """Run a program of the system with each sound's file; keep the sounds as used.

    Parameters
    ----------
    library : str
    sounds : sequence of str
        As the command line has them: ids, paths, patterns.
    action : {"open", "reveal"}
    command_for : callable
        Makes the program's command line from a file; None: this system has none.

    Raises
    ------
    UnknownSoundError, SpanError, QueryError
    SettingsError
        There is no such program.
    """
    places = used_places(library, named_sounds(sounds))
    failed = []
    for sample, _ in places:
        if not sample.file.exists():
            failed.append(f"{sample.path}: the file is missing")
            continue
        program = command_for(sample.file.absolute())
        if program is None:
            raise SettingsError("no xdg-open found: install xdg-utils")
        reason = run_program(program, is_left=True)
        failed += [f"{sample.path}: {reason}"] if reason else []
    finish(library, places, action, failed)


def finish(
    library: str,
    places: Sequence[tuple[Sample, SampleSpan]],
    action: Action,
    failed: Sequence[str],
) -> None:
    """Keep the sounds as used, and tell what failed: the command ends with 1 then."""
    remember_use(library, {sample.sample_id for sample, _ in places}, action)
    for line in failed:
        click.echo(printable(f"Error: {line}"), err=True)
    if failed:
        sys.exit(1)


def remember_use(library: str, sample_ids: set[int], action: Action) -> None:
    """Keep sounds among those used last; not where the library can't be written."""
    import sqlclap

    with suppress(LibraryError, SetError), sqlclap.open(library, mode="write") as opened:
        opened.curation.record_use(sorted(sample_ids), action)
