"""How well sounds are judged: those that a library has no like of, and those that no name fits.

What a sound is, its file's name tells, by the patterns of `weak_queries.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.weak import Part, area_under_roc, concepts, wordings
from sqlclap.errors import QueryError

if TYPE_CHECKING:
    import sqlclap

    Classes = frozenset[str]

MOST_OF_A_CLASS = 30


@dataclass(frozen=True)
class Judged:
    """One sound's answer.

    Attributes
    ----------
    kind : {"own", "known", "absent"}
        A library's own sound, asked about among the others; another library's, of which this one
        has the like by name, or has none. Of names: whether a right one is among them.
    best : float
        The best cosine.
    marked, marked_before : bool
        Whether the best match is weak, or "unknown" wins; whether it would by one fixed score.
    """

    kind: str
    best: float
    marked: bool
    marked_before: bool


@dataclass(frozen=True)
class SoundFigures:
    """Shares of sounds marked, by kind, and how well the best cosine parts "known" from "absent".

    Attributes
    ----------
    asked : dict of str to int
    marked, marked_before : dict of str to float
        Of "own" and "known" it should be 0, of "absent" 1.
    auc : float
        Area under the ROC curve of the best cosine.
    """

    asked: dict[str, int]
    marked: dict[str, float]
    marked_before: dict[str, float]
    auc: float


def bench_sounds(libraries: Sequence[Path]) -> SoundFigures:
    """Ask each library with its own sounds, and with those of the others.

    Raises
    ------
    QueryError
        The libraries have no sounds in common, or no others.
    """
    import sqlclap

    with ExitStack() as stack:
        opened = [stack.enter_context(sqlclap.open(path, mode="read")) for path in libraries]
        held = [_classes(library) for library in opened]
        judged = [one for library in opened for one in _own(library)]
        for library, own in zip(opened, held, strict=True):
            there = frozenset[str]().union(*own.values())
            for other, classes in zip(opened, held, strict=True):
                if other is not library:
                    judged += _others(library, there, other, classes)
    return _figures(judged)


def bench_names(libraries: Sequence[Path], part: Part) -> SoundFigures:
    """Sort the libraries' sounds among names with the right ones, and without them."""
    import sqlclap

    judged: list[Judged] = []
    for path in libraries:
        with sqlclap.open(path, mode="read") as opened:
            judged += _sorted(opened, part)
    return _figures(judged)


def _classes(library: sqlclap.Library) -> dict[int, Classes]:
    """Return what each sound is, by id; sounds of which nothing is known are left out."""
    rows = library.connection.execute("SELECT sample_id, path FROM samples WHERE status = 'ok'")
    patterns = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in concepts().items()}
    found = {
        int(str(key)): frozenset(name for name, one in patterns.items() if one.search(str(path)))
        for key, path in rows
    }
    return {key: classes for key, classes in found.items() if classes}


def _own(library: sqlclap.Library) -> Iterable[Judged]:
    rows = library.connection.execute("SELECT sample_id FROM samples WHERE status = 'ok'")
    limit = library.encoder.bundle.contract.scoring.background.audio.weak_below
    for (sample_id,) in rows.fetchall():
        best = library.similar(int(str(sample_id)), n=1)[0]
        yield Judged("own", best.score, best.weak, best.score < limit)


def _others(
    library: sqlclap.Library,
    there: Classes,
    other: sqlclap.Library,
    classes: Mapping[int, Classes],
) -> Iterable[Judged]:
    """Ask a library with another's sounds, a few of each class."""
    from sqlclap.db.stored_models import default_model
    from sqlclap.db.vectors import sample_vector
    from sqlclap.search.query import search_embedded
    from sqlclap.search.request import SearchOptions

    model, counts = default_model(other.connection), dict.fromkeys(concepts(), 0)
    limit = library.encoder.bundle.contract.scoring.background.audio.weak_below
    at_hand, own_model = library.session, library.session.model
    for sample_id, own in classes.items():
        if all(counts[name] >= MOST_OF_A_CLASS for name in own):
            continue
        counts |= {name: counts[name] + 1 for name in own}
        vector = sample_vector(other.connection, model, sample_id)
        (best,) = search_embedded(at_hand, own_model, vector, SearchOptions().request(1))
        kind = "known" if own & there else "absent"
        yield Judged(kind, best.score, best.weak, best.score < limit)


def _sorted(library: sqlclap.Library, part: Part) -> Iterable[Judged]:
    names = {concept: wordings(concept, part)[0] for concept in concepts()}
    held = _classes(library)
    yield from _sort(library, "known", list(names.values()), held)
    for classes in set(held.values()):
        others = [name for concept, name in names.items() if concept not in classes]
        yield from _sort(library, "absent", others, [key for key in held if held[key] == classes])


def _sort(
    library: sqlclap.Library, kind: str, names: Sequence[str], sample_ids: Iterable[int]
) -> Iterable[Judged]:
    limit = library.encoder.bundle.text_background.weak_below
    wanted = set(sample_ids)
    told = {one.sample_id: one.name for one in library.labels.classify(names)}
    for one in library.labels.classify(names, with_unknown=False):
        if one.sample_id in wanted:
            unknown = told[one.sample_id] == "unknown"
            yield Judged(kind, one.score, unknown, one.score < limit)


def _figures(judged: Sequence[Judged]) -> SoundFigures:
    kinds: dict[str, list[Judged]] = {}
    for one in judged:
        kinds.setdefault(one.kind, []).append(one)
    if not {"known", "absent"} <= set(kinds):
        raise QueryError("no file's name tells what its sound is: give libraries of named samples")
    best = {kind: [one.best for one in ones] for kind, ones in kinds.items()}
    return SoundFigures(
        asked={kind: len(ones) for kind, ones in kinds.items()},
        marked={kind: sum(one.marked for one in ones) / len(ones) for kind, ones in kinds.items()},
        marked_before={
            kind: sum(one.marked_before for one in ones) / len(ones) for kind, ones in kinds.items()
        },
        auc=area_under_roc(best["known"], best["absent"]),
    )
