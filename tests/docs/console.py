"""Examples of the command line in Markdown: run them, compare them, write them anew.

A block opened by ```console holds commands after ``$`` and what they print. As a program this
module rewrites what they print:

    python -m tests.docs.console README.md docs/*.md
"""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.labels.votes import CastVote, Verdict

if TYPE_CHECKING:
    from sqlclap import Library

REPOSITORY = Path(__file__).parents[2]
HOME = "/home/you/sounds"  # stands for the folder the examples run in; as long as a temporary one
MODULES = {"sqlclap": "sqlclap", "sqlite-utils": "sqlite_utils"}
BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
ELAPSED = re.compile(r" in [\d.:]+( s)?$", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A command and what it prints."""

    command: str
    output: str


def read_examples(block: str) -> list[Example]:
    """Split a console block into its commands."""
    examples = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        examples.append(Example(command.strip(), output.strip("\n")))
    return examples


def make_scene(folder: Path) -> Path:
    """Lay out what the examples expect around them: the demo sounds, and a database of them."""
    shutil.copytree(REPOSITORY / "demo" / "sounds", folder / "demo" / "sounds")
    make_database(folder / "clips.db")
    return folder


def make_database(path: Path) -> None:
    """Make another program's database, whose table names sounds: the drums among the demo's."""
    files = sorted((path.parent / "demo" / "sounds" / "drums").glob("*.ogg"))
    rows = [(str(file.relative_to(path.parent)), file.stem.replace("_", " ")) for file in files]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE clips (id INTEGER PRIMARY KEY, file_path TEXT, title TEXT, stars INTEGER)"
        )
        insert = "INSERT INTO clips (file_path, title, stars) VALUES (?, ?, ?)"
        database.executemany(
            insert, [(file, title, number % 5) for number, (file, title) in enumerate(rows)]
        )
        database.executemany(insert, [(None, "no file", 0), ("lost.wav", "lost", 0)])


def run_example(command: str, folder: Path) -> str:
    """Run a command in `folder` and return what it prints, trailing blanks removed.

    It is one of ``sqlclap`` or ``sqlite-utils``, or ``mv`` or ``cp -r`` of something in the folder.
    """
    program, *arguments = shlex.split(command)
    if program == "mv":
        source, target = (folder / name for name in arguments)
        shutil.move(source, target)
        return ""
    if (program, arguments[0]) == ("cp", "-r"):
        source, target = (folder / name for name in arguments[1:])
        shutil.copytree(source, target)
        return ""
    if program not in MODULES:
        raise ValueError(f"expected a command of {', '.join(MODULES)}; got {command!r}")
    done = subprocess.run(
        [sys.executable, "-m", MODULES[program], *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"{command!r} ended with {done.returncode}: {done.stderr}")
    lines = [line.rstrip() for line in done.stdout.replace(str(folder), HOME).splitlines()]
    return "\n".join(lines).strip("\n")


def same_output(expected: str, printed: str) -> bool:
    """Compare outputs: words exactly, numbers to 2 % or 0.02, elapsed time not at all."""
    first, second = (ELAPSED.sub("", text) for text in (expected, printed))
    words = [re.sub(r"[\s─]+", " ", NUMBER.sub("0", text)) for text in (first, second)]
    numbers = [
        [float(found.replace(",", "")) for found in NUMBER.findall(text)]
        for text in (first, second)
    ]
    return words[0] == words[1] and all(
        abs(a - b) <= max(0.02, 0.02 * abs(a)) for a, b in zip(*numbers, strict=True)
    )


def rewrite(page: Path, folder: Path) -> None:
    """Put what the commands print now into a page."""

    def renew(found: re.Match[str]) -> str:
        commands = [example.command for example in read_examples(found[0])]
        blocks = (f"$ {command}\n{run_example(command, folder)}" for command in commands)
        return "\n".join(f"{block.rstrip()}\n" for block in blocks)

    text = page.read_text(encoding="utf-8")
    page.write_text(BLOCK.sub(renew, text), encoding="utf-8")


def main() -> None:
    """Rewrite the pages named on the command line, each in a scene of its own."""
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            rewrite(Path(name), make_scene(Path(folder).resolve()))


def check_examples(page: str, scene: Path) -> None:
    """Run the commands of a page's text one after the other; they print what it shows."""
    for block in BLOCK.findall(page):
        for example in read_examples(block):
            printed = run_example(example.command, scene)
            assert same_output(example.output, printed), (
                f"{example.command}\n--- the page\n{example.output}\n--- printed now\n{printed}\n"
                "--- renew it with `make docs`"
            )


def answer_review(library: Library, label: str) -> None:
    """Answer the questions of a review: yes to every second one."""
    review = library.labels.review(label, n=12, seed=0)
    for number, item in enumerate(review.items):
        verdict: Verdict = "reject" if number % 2 else "accept"
        vote = CastVote(verdict, "review", review.review_id, item.stratum)
        library.labels.vote(label, [item.sample_id], vote)


if __name__ == "__main__":
    main()
