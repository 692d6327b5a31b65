"""How well doubts part queries that a library can answer from those that it can't."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlclap.errors import QueryError

if TYPE_CHECKING:
    import sqlclap

Part = Literal["choose", "judge"]
Kind = Literal["known", "absent", "strange"]


@dataclass(frozen=True)
class Query:
    """A query in words, and what is right for it.

    Attributes
    ----------
    library : str
    text : str
    kind : {"known", "absent", "strange"}
        The library holds what is asked for; the model knows it, the library has none; the model
        was never taught it, or it means nothing.
    """

    library: str
    text: str
    kind: Kind


@dataclass(frozen=True)
class Outcome:
    """One query's answer.

    Attributes
    ----------
    query : Query
    best : float
        The best match's cosine.
    near : float
        Cosine to the nearest name that the model was taught.
    above : float
        What the best match and the names most like the query score, in deviations above chance.
    weak, doubted, weak_before : bool
        Whether the best match is marked weak; whether anything is said against the answer;
        whether one limit for all libraries marks the match.
    """

    query: Query
    best: float
    near: float
    above: float
    weak: bool
    doubted: bool
    weak_before: bool


@dataclass(frozen=True)
class WeakFigures:
    """Shares of queries marked, by rule and kind, and how well cosines alone would part them.

    Attributes
    ----------
    part : {"choose", "judge"}
    queries : dict of str to int
        By kind.
    marked, marked_before, doubted : dict of str to float
        Share marked weak, by this rule and by one limit, and of those with any doubt: of "known"
        ones it should be 0, of the others 1.
    auc_of_cosine, auc_of_nearness, auc_above_chance : dict of str to float
        Area under the ROC curve, known queries against each other kind: of the best cosine, of the
        cosine to the nearest name that the model was taught, and of how far above chance the best
        match and such names score in the library.
    balanced, balanced_before : float
        Mean of the share of known queries left alone and of others that were marked.
    wrong : tuple of str
        Known queries that were marked.
    """

    part: Part
    queries: dict[str, int]
    marked: dict[str, float]
    marked_before: dict[str, float]
    doubted: dict[str, float]
    auc_of_cosine: dict[str, float]
    auc_of_nearness: dict[str, float]
    auc_above_chance: dict[str, float]
    balanced: float
    balanced_before: float
    wrong: tuple[str, ...]


def bench_weak(libraries: Sequence[Path], part: Part) -> WeakFigures:
    """Ask libraries the queries of one part.

    Parameters
    ----------
    libraries : sequence of Path
    part : {"choose", "judge"}
        Those that the limits were chosen by, or those that were kept apart.

    Raises
    ------
    QueryError
        The libraries hold nothing of what known queries ask for.
    """
    import sqlclap
    from sqlclap.db.sqlite_errors import clear_errors

    outcomes: list[Outcome] = []
    for path in libraries:
        with clear_errors(str(path)), sqlclap.open(path, mode="read") as opened:
            outcomes += [_ask(opened, query) for query in _queries(opened, part)]
    if not any(one.query.kind == "known" for one in outcomes):
        raise QueryError("no file's name fits a known query: give libraries of named samples")
    return _figures(outcomes, part)


def _queries(library: sqlclap.Library, part: Part) -> list[Query]:
    """Return the queries for a library: its files' names tell what it holds."""
    rows = library.connection.execute("SELECT path FROM samples WHERE status = 'ok'")
    paths = [str(row[0]) for row in rows]
    name, found = str(library.path), []
    for concept, pattern in concepts().items():
        held = any(re.search(pattern, path, re.IGNORECASE) for path in paths)
        found += [
            Query(name, text, "known" if held else "absent") for text in wordings(concept, part)
        ]
    found += [Query(name, text, "strange") for text in _asked()["strangers"][part]]
    return found


@lru_cache(maxsize=1)
def _asked() -> dict[str, dict[str, Any]]:
    source = files("benchmarks") / "weak_queries.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def concepts() -> dict[str, str]:
    """Return the patterns that paths of a concept's sounds fit, by its wordings."""
    return _asked()["files"]


def wordings(concept: str, part: Part) -> list[str]:
    """Return a part of a concept's wordings."""
    each = concept.split("|")
    return each[: len(each) // 2] if part == "choose" else each[len(each) // 2 :]


def _ask(library: sqlclap.Library, query: Query) -> Outcome:
    from sqlclap.db.stored_models import default_model
    from sqlclap.search.background import Backgrounds

    encoder, model = library.encoder, default_model(library.connection)
    background = library.session.cache(Backgrounds).of(library.connection, model, encoder)
    chance, texts = background.chance(), background.texts
    if chance is None or texts is None:
        raise QueryError(f"{library.path} holds too few sounds to judge by")
    scoring = encoder.bundle.contract.scoring
    vector, matches = encoder.embed_text(query.text), library.search(query.text, 1)
    best = matches[0].score
    held = background.held(vector, scoring.temperature)
    return Outcome(
        query=query,
        best=best,
        near=float((texts.vectors[: texts.names] @ vector).max()),
        above=(max(held, best) - chance[0]) / chance[1],
        weak=matches[0].weak,
        doubted=bool(matches.doubts),
        weak_before=best < encoder.bundle.text_background.weak_below,
    )


def _figures(outcomes: Sequence[Outcome], part: Part) -> WeakFigures:
    kinds: dict[str, list[Outcome]] = {}
    for one in outcomes:
        kinds.setdefault(one.query.kind, []).append(one)
    marked = {kind: _share([one.weak for one in ones]) for kind, ones in kinds.items()}
    before = {kind: _share([one.weak_before for one in ones]) for kind, ones in kinds.items()}
    return WeakFigures(
        part=part,
        queries={kind: len(ones) for kind, ones in kinds.items()},
        marked=marked,
        marked_before=before,
        doubted={kind: _share([one.doubted for one in ones]) for kind, ones in kinds.items()},
        auc_of_cosine=_aucs(kinds, lambda one: one.best),
        auc_of_nearness=_aucs(kinds, lambda one: one.near),
        auc_above_chance=_aucs(kinds, lambda one: one.above),
        balanced=_balanced(marked),
        balanced_before=_balanced(before),
        wrong=tuple(f"{one.query.library}: {one.query.text}" for one in kinds["known"] if one.weak),
    )


def _aucs(
    kinds: Mapping[str, Sequence[Outcome]], value: Callable[[Outcome], float]
) -> dict[str, float]:
    known = [value(one) for one in kinds["known"]]
    return {
        kind: area_under_roc(known, [value(one) for one in ones])
        for kind, ones in kinds.items()
        if kind != "known"
    }


def _share(marks: Sequence[bool]) -> float:
    return sum(marks) / len(marks)


def _balanced(marked: Mapping[str, float]) -> float:
    others = [share for kind, share in marked.items() if kind != "known"]
    return (1 - marked["known"] + sum(others) / len(others)) / 2


def area_under_roc(high: Sequence[float], low: Sequence[float]) -> float:
    """Return how often a value of `high` exceeds one of `low`; ties count half.

    >>> area_under_roc([2, 3], [1, 2])
    0.875
    """
    wins = sum((a > b) + 0.5 * (a == b) for a in high for b in low)
    return wins / (len(high) * len(low))
