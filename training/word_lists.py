"""Put the lists of words into the bundle that is there: ``python -m training.word_lists``.

Its graphs stay as they are, so that the vectors of libraries hold; only words are read otherwise.
"""

from __future__ import annotations

import json
from pathlib import Path

from sqlclap.durable import write_whole
from training import paths
from training.bundle import GRAPHS, LISTS, file_hash, write_contract
from training.reading import WORDS_FILE
from training.taught import taught_text, weak_classes


def write_lists(folder: Path, weak: list[str]) -> None:
    """Write taught.txt, words.txt and, last, the contract with their hashes."""
    write_whole(folder / "taught.txt", taught_text(weak))
    write_whole(folder / "words.txt", WORDS_FILE.read_text(encoding="utf-8"))
    content = json.loads((folder / "contract.json").read_text(encoding="utf-8"))
    content["files"] = {name: file_hash(folder / name) for name in (*GRAPHS, *LISTS)}
    write_contract(folder, content)


if __name__ == "__main__":
    report = json.loads((paths.REPORTS / "first-edition.json").read_text())
    write_lists(paths.BUNDLE, weak_classes([report]))
