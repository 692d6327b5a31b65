"""The manifest of a quarantine: what was moved there, from where, one JSON object a line.

A line stands before each move, and another behind it. Lines are only ever added.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from sqlclap.durable import append_line
from sqlclap.errors import QuarantineError

NAME = "sqlclap-quarantine.jsonl"
Step = Literal["move", "moved", "stayed", "restored"]


@dataclass(frozen=True)
class Entry:
    """A file that was to be moved.

    Attributes
    ----------
    entry : int
        From 1.
    library : str
        Path of the library.
    sample_id, kept_sample_id : int
        Its sample, and that of the file that stayed.
    file, kept_file : str
        Where it was, and the file that stayed.
    quarantined : str
        Where it is, below the quarantine's folder.
    content_hash : str
        SHA-256 of the file, hexadecimal.
    bytes : int
    """

    entry: int
    library: str
    sample_id: int
    kept_sample_id: int
    file: str
    kept_file: str
    quarantined: str
    content_hash: str
    bytes: int


class Manifest:
    """What a quarantine's manifest says; what is added is on the disk at once.

    Parameters
    ----------
    folder : Path
        Of the quarantine.

    Attributes
    ----------
    path : Path
    entries : dict of int to Entry
    steps : dict of int to {"move", "moved", "stayed", "restored"}
        The last of each entry: "move" is one that was begun.

    Raises
    ------
    QuarantineError
        A line that is none of a manifest.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.entries: dict[int, Entry] = {}
        self.steps: dict[int, Step] = {}
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        *lines, _ = text.split("\n")  # what a killed process left has no end: nothing was moved
        for number, line in enumerate(lines, start=1):
            try:
                self._take(json.loads(line))
            except (ValueError, TypeError, KeyError) as error:
                raise QuarantineError(
                    f"{self.path}, line {number}: expected a step of a quarantine's manifest"
                ) from error

    def begin(self, **told: Any) -> Entry:
        """Say that a file is about to be moved."""
        entry = Entry(entry=max(self.entries, default=0) + 1, **told)
        self._add({"step": "move", **asdict(entry)})
        return entry

    def end(self, entry: Entry, step: Step) -> None:
        """Say what became of it."""
        self._add({"step": step, "entry": entry.entry})

    def at(self, *steps: Step) -> list[Entry]:
        """Return the entries whose last step is one of these."""
        return [entry for number, entry in self.entries.items() if self.steps[number] in steps]

    def _add(self, line: dict[str, Any]) -> None:
        append_line(self.path, json.dumps(line))
        self._take(line)

    def _take(self, line: dict[str, Any]) -> None:
        told = dict(line)
        step: Step = told.pop("step")
        if step == "move":
            entry = Entry(**told)
            self.entries[entry.entry] = entry
        elif step not in ("moved", "stayed", "restored") or told["entry"] not in self.entries:
            raise ValueError(step)
        self.steps[told["entry"]] = step
