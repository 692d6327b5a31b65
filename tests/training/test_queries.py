"""The queries that wording is measured by are kept apart from captions, and from what ships."""

from __future__ import annotations

import numpy as np

from training.evaluation.queries import KINDS, by_kind, read_queries
from training.evaluation.report import Collection
from training.reading import WORDS_FILE
from training.taxonomy.classes import CLASSES, FAMILIES

QUERIES = read_queries()


def test_every_concept_has_queries_of_every_kind() -> None:
    concepts = {label for label, _, _ in QUERIES}
    assert len(concepts) == 13
    assert concepts <= set(CLASSES)
    for label in concepts:
        assert {kind for own, kind, _ in QUERIES if own == label} == set(KINDS)


def test_unseen_synonyms_are_in_no_caption_and_in_no_list_that_ships() -> None:
    seen = {word for entry in CLASSES.values() for word in entry.wordings}
    seen |= {word for words in FAMILIES.values() for word in words}
    lines = WORDS_FILE.read_text(encoding="utf-8").lower().splitlines()
    seen |= {word.strip() for line in lines for word in line.partition("=")[2].split(",")}
    for _, kind, text in QUERIES:
        if kind in ("synonyms", "typos"):
            assert text not in seen


def test_a_kind_scores_the_mean_of_its_concepts() -> None:
    labels = sorted({label for label, _, _ in QUERIES})
    vectors = np.eye(len(labels))
    right = {text: vectors[labels.index(label)] for label, _, text in QUERIES}
    found = Collection(vectors, np.array(labels), np.array(["pack"] * len(labels)))
    rows = by_kind(found, lambda texts: np.stack([right[text] for text in texts]))
    assert all(row["mAP"] == 1.0 for row in rows.values())
    wrong = by_kind(found, lambda texts: np.ones((len(texts), len(labels))))
    assert wrong["plain"]["mAP"] < 0.5
