"""Ask the demo library a few things, in words and by sound, as the command line would."""

from __future__ import annotations

import subprocess
import sys

QUESTIONS = (
    ("search", "kick drum"),
    ("search", "snare"),
    ("search", "closed hi-hat"),
    ("search", "choir"),
    ("search", "drum loop"),
    ("similar", "drums/sn_dub.ogg"),
    ("similar", "ambient/ambi_choir.ogg"),
)


def main() -> None:
    """Run each question and show the command above its answer."""
    library = sys.argv[1]
    for command, subject in QUESTIONS:
        print(f'\n$ sqlclap {command} {library} "{subject}" -n 5\n', flush=True)
        arguments = ["-m", "sqlclap", command, library, subject, "-n", "5"]
        subprocess.run([sys.executable, *arguments], check=True)


if __name__ == "__main__":
    main()
