"""Whether composed queries find more than their parts, and whether "not" takes away what it names.

The sounds are those of Debian's hydrogen-drumkits, instruments' names are the truth. Three ways of
composing are compared with the parts alone:

- ``plain``: the terms' vectors are added and subtracted as they are, by weight;
- ``scaled``: each is divided by its reach in the library first (`sqlclap.finding.scales`);
- ``formula``: the same, and negative terms only take away (`sqlclap.finding.formula`);

and ``orthogonal``: the part of the query that lies along negative terms is taken out of it.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import sqlclap
from benchmarks.feedback import Feedback, measure_feedback
from benchmarks.kits import CLASSES, FAMILIES, read_kits
from benchmarks.measured_aspects import Nearer, measure_aspects
from benchmarks.measured_words import Follows, measure_words
from benchmarks.other_pitches import AtPitch, measure_pitches
from sqlclap.finding.formula import WeighedTerm, make_formula
from sqlclap.finding.scales import Scales

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float64Array, Int64Array, StrArray

WORDS = {
    "kick": "kick drum", "snare": "snare drum", "hi-hat": "hi-hat", "tom": "tom",
    "cymbal": "crash cymbal", "stick": "rimshot", "clap": "clap", "cowbell": "cowbell",
}  # fmt: skip
ELECTRONIC = {"HardElectro1", "VariBreaks", "ElectricEmpireKit"}
ELECTRONIC_WORDS = ("electronic", "drum machine", "synthetic", "808")
EXAMPLES = 12
LOOKED_AT = 20
WEIGHTS = (0.5, 1.0, 2.0)
SEED = 0


@dataclass(frozen=True)
class Together:
    """What terms find together and alone: means of precision at 10, or at as many as there are.

    Attributes
    ----------
    task : str
    queries : int
    parts : float
        Of the better of the terms, each alone.
    plain, formula : float
    """

    task: str
    queries: int
    parts: float
    plain: float
    formula: float


@dataclass(frozen=True)
class Without:
    """What is left of a class B among the best 20 like a sound of a class A, without B.

    Attributes
    ----------
    negative : {"words", "sound"}
        What names B.
    way : str
        How it is taken away; "alone": not at all.
    weight : float
    wanted, unwanted : float
        Mean shares of A and of B.
    """

    negative: str
    way: str
    weight: float
    wanted: float
    unwanted: float


Terms = list[tuple["Float64Array", float]]


class KitSounds:
    """The kits' sounds: vectors, and what they are.

    Parameters
    ----------
    library : sqlclap.Library
        Of the folder.
    folder : Path
    """

    def __init__(self, library: sqlclap.Library, folder: Path) -> None:
        truth = read_kits(folder)
        paths = {sample.sample_id: sample.path for sample in library.samples()}
        ids, vectors = library.vectors()
        named = [row for row, key in enumerate(ids.tolist()) if paths[key] in truth]
        found = [paths[ids.tolist()[row]] for row in named]
        self.by_id = {ids.tolist()[row]: truth[paths[ids.tolist()[row]]] or "" for row in named}
        self._library = library
        self.vectors: Float64Array = vectors[named].astype(np.float64)
        self.classes: StrArray = np.array([truth[path] or "" for path in found])
        kits = (path.split("/")[0] for path in found)
        self.kits: StrArray = np.array([FAMILIES.get(kit, kit) for kit in kits])

    def words(self, text: str) -> Float64Array:
        """Embed words, shape (dim,)."""
        return self._library.encoder.embed_text(text).astype(np.float64)

    def members(self, name: str) -> Int64Array:
        """Return the rows of a class."""
        return np.flatnonzero(self.classes == name)

    def weighed(self, terms: Terms) -> list[WeighedTerm]:
        """Return terms with their scales in the library."""
        session = self._library.session
        vectors = np.array([vector for vector, _ in terms], dtype=np.float32)
        scales = session.cache(Scales).of(session.database, session.model, vectors)
        weights = (weight for _, weight in terms)
        return list(map(WeighedTerm, vectors, weights, scales))

    def scores(self, way: str, terms: Terms) -> Float64Array:
        """Score all sounds by terms in one of the ways."""
        if way == "plain":
            return self.vectors @ _added(terms)
        weighed = self.weighed(terms)
        if way == "formula":
            return make_formula(weighed).scores(self.vectors.astype(np.float32))
        scaled = [(one.vector.astype(np.float64), one.weight / one.scale.reach) for one in weighed]
        if way == "scaled":
            return self.vectors @ _added(scaled)
        wanted = _added([term for term in scaled if term[1] > 0])
        others, _ = np.linalg.qr(np.array([vector for vector, weight in scaled if weight < 0]).T)
        return self.vectors @ (wanted - others @ (others.T @ wanted))


def _added(terms: Terms) -> Float64Array:
    total: Float64Array = np.sum([weight * vector for vector, weight in terms], axis=0)
    return total


def best(scores: Float64Array, n: int, left_out: Int64Array) -> Int64Array:
    """Return the rows of the best, without some."""
    scores = scores.copy()
    scores[left_out] = -np.inf
    return np.argsort(-scores, kind="stable")[:n]


Case = tuple[str, Terms, "BoolArray", "Int64Array"]


def _cases(sounds: KitSounds) -> Iterator[Case]:
    """Yield tasks: terms, what is sought, and what is left out of the answers."""
    random = np.random.default_rng(SEED)
    words = {name: sounds.words(text) for name, text in WORDS.items()}
    for name in CLASSES:
        members = sounds.members(name)
        for row in random.choice(members, min(EXAMPLES, len(members)), replace=False):
            own_kit = np.flatnonzero(sounds.kits == sounds.kits[row])
            for weight in (1.0, 0.5):
                task = f"a class by words and a sound of weight {weight:g}, in other kits"
                terms = [(words[name], 1.0), (sounds.vectors[row], weight)]
                yield task, terms, sounds.classes == name, own_kit
            three = random.choice(members, min(3, len(members)), replace=False)
            yield (
                "a class by three sounds",
                [(sounds.vectors[one], 1.0) for one in three],
                sounds.classes == name,
                three,
            )
        sought = (sounds.classes == name) & np.isin(sounds.kits, [*ELECTRONIC])
        if np.count_nonzero(sought) >= 3:
            for more in ELECTRONIC_WORDS:
                terms = [(words[name], 1.0), (sounds.words(more), 1.0)]
                yield "a class in electronic kits, by two words", terms, sought, np.array([], int)


def measure_together(sounds: KitSounds) -> list[Together]:
    """Compare composed queries with their parts."""
    found: dict[str, list[list[float]]] = defaultdict(list)
    for task, terms, sought, left_out in _cases(sounds):
        n = min(10, int(np.count_nonzero(sought)))

        def share(
            scores: Float64Array,
            n: int = n,
            sought: BoolArray = sought,
            left_out: Int64Array = left_out,
        ) -> float:
            return float(sought[best(scores, n, left_out)].mean())

        alone = [share(sounds.vectors @ vector) for vector, _ in terms]
        ways = [share(sounds.scores(way, terms)) for way in ("plain", "formula")]
        found[task].append([*alone, *ways])
    rows = []
    for task, figures in found.items():
        means = np.mean(figures, axis=0).tolist()
        rows.append(Together(task, len(figures), max(means[:-2]), *means[-2:]))
    return rows


def measure_without(sounds: KitSounds) -> list[Without]:
    """Take away the class that comes in most among the likes of a sound."""
    found: dict[tuple[str, str, float], list[tuple[float, float]]] = defaultdict(list)
    random = np.random.default_rng(SEED)
    for name in CLASSES:
        members = sounds.members(name)
        for row in random.choice(members, min(EXAMPLES, len(members)), replace=False):
            own, wanted = np.array([row]), sounds.vectors[row]
            alone = sounds.classes[best(sounds.vectors @ wanted, LOOKED_AT, own)]
            others = [one for one in alone.tolist() if one not in ("", name)]
            if len(others) < 3:
                continue
            other = max(sorted(set(others)), key=others.count)
            example = sounds.vectors[random.choice(sounds.members(other))]
            for negative, vector in (("words", sounds.words(WORDS[other])), ("sound", example)):
                shares = float((alone == name).mean()), float((alone == other).mean())
                found[negative, "alone", 0.0].append(shares)
                for way, weight in _WAYS:
                    terms = [(wanted, 1.0), (vector, -weight)]
                    rows = best(sounds.scores(way, terms), LOOKED_AT, own)
                    top = sounds.classes[rows]
                    shares = float((top == name).mean()), float((top == other).mean())
                    found[negative, way, weight].append(shares)
    return [
        Without(*key, *np.mean(shares, axis=0).tolist()) for key, shares in sorted(found.items())
    ]


_WAYS = [
    *((way, weight) for way in ("plain", "scaled", "formula") for weight in WEIGHTS),
    ("orthogonal", 1.0),
]


Tables = tuple[
    list[Together], list[Without], list[Follows], list[Feedback], list[Nearer], list[AtPitch]
]


def bench_finding(folder: Path, model: str | None) -> tuple[int, Tables]:
    """Measure composed queries on drum kits; return how many sounds there are, too.

    Raises
    ------
    QueryError
        There are no kits in `folder`.
    """
    read_kits(folder)  # tells first that there are none
    with (
        tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as scratch,
        sqlclap.open(Path(scratch) / "kits.db", model=model) as library,
    ):
        library.ingest([folder])
        sounds = KitSounds(library, folder)
        follows = measure_words(library, sounds.by_id, WORDS)
        nearer = measure_aspects(library, sounds.by_id)
        composed = measure_together(sounds), measure_without(sounds)
        feedback = measure_feedback(sounds, WORDS)
        pitches = measure_pitches(library, sounds.by_id)
        return len(sounds.vectors), (*composed, follows, feedback, nearer, pitches)
