"""How well clusters agree with what sounds are called, beside k-means of the same count.

Agreement is the adjusted mutual information (Vinh, Epps, Bailey 2010) with the sounds' names: 0 is
chance, 1 is the names themselves. It is told both ways: over the sounds that a method puts into
clusters, and over all sounds with a name, where noise counts as one cluster more.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import sqlclap
from benchmarks.map_truth import NamedSounds, name_of
from sqlclap.db.stored_models import default_model
from sqlclap.map.cluster_names import ClusterName, name_clusters
from sqlclap.map.clustering import MIN_SAMPLES, hdbscan_clusters, reduce_sounds
from sqlclap.map.fuzzy_simplicial_set import Sounds, neighbours_of_all, read_sounds
from sqlclap.map.options import ClusterOptions
from sqlclap.map.vocabulary import read_vocabulary
from sqlclap.progress import NullProgress

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array, StrArray

DEFAULT = "sqlclap's default"
KMEANS_RUNS = 5
KMEANS_STARTS = 10
PLACES = """
SELECT s.sample_id, r.root, s.path FROM samples AS s JOIN sources AS r USING (source_id)
"""


@dataclass(frozen=True)
class Agreement:
    """One run of a method.

    Attributes
    ----------
    clusters : int
    noise : float
        Share of all sounds.
    clustered, clustered_kmeans : float
        Agreement over sounds in clusters, and k-means' on the same sounds (mean of its runs).
    everything, everything_kmeans : float
        Over all sounds with a name.
    seconds : float
        Without the reduction where it is shared.
    """

    clusters: int
    noise: float
    clustered: float
    clustered_kmeans: float
    everything: float
    everything_kmeans: float
    seconds: float


@dataclass
class ClusterFigures:
    """What `bench_clusters` found.

    Attributes
    ----------
    sounds, named : int
    kinds : int
        Different names.
    methods : dict of str to list of Agreement
        A run a seed.
    majorities, named_right : int
        Clusters of the default, over all seeds, more than half of whose sounds bear one name; and
        those of them that are named so.
    """

    sounds: int
    named: int
    kinds: int
    methods: dict[str, list[Agreement]] = field(default_factory=dict)
    majorities: int = 0
    named_right: int = 0


@dataclass(frozen=True)
class LabelledSounds:
    """Sounds and their names; an empty one where there is none."""

    sounds: Sounds
    names: StrArray
    kmeans: dict[int, list[Int64Array]] = field(default_factory=dict)

    def judge(self, labels: Int64Array, seconds: float) -> Agreement:
        """Compare clusters with names, and with k-means of the same count."""
        from sklearn.metrics import adjusted_mutual_info_score as agreement

        count = int(labels.max(initial=-1)) + 1
        rivals = self._kmeans(max(count, 1))

        def both(on: Any) -> tuple[float, float]:
            own = float(agreement(self.names[on], labels[on]))
            others = [agreement(self.names[on], rival[on]) for rival in rivals]
            return own, float(np.mean(others))

        named = self.names != ""
        figures = (*both(named & (labels >= 0)), *both(named))
        return Agreement(count, float((labels < 0).mean()), *figures, seconds)

    def _kmeans(self, count: int) -> list[Int64Array]:
        from sklearn.cluster import KMeans

        if count not in self.kmeans:
            runs = (KMeans(count, n_init=KMEANS_STARTS, random_state=n) for n in range(KMEANS_RUNS))
            self.kmeans[count] = [run.fit_predict(self.sounds.vectors) for run in runs]
        return self.kmeans[count]


def bench_clusters(
    known: NamedSounds,
    model: str,
    seeds: Sequence[int],
    peers: bool = False,
) -> ClusterFigures:
    """Cluster real sounds and compare with their names.

    Parameters
    ----------
    known : NamedSounds
    model : str
        Name or folder of a bundle.
    seeds : sequence of int
        A run each.
    peers : bool
        Also run scikit-learn's HDBSCAN and EVoC, which has to be installed.
    """
    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as scratch:
        path = Path(scratch) / "sounds.db"
        with sqlclap.open(path, model=model) as library:
            library.ingest(list(known.folders))
            scene = _scene(library, known)
            named = scene.names[scene.names != ""]
            figures = ClusterFigures(len(scene.names), len(named), len(set(named.tolist())))
            _run_methods(scene, 0, peers, ClusterFigures(0, 0, 0))  # compiling is not measured
            for seed in seeds:
                labels = _run_methods(scene, seed, peers, figures)
                vectors, embed = scene.sounds.vectors, library.encoder.embed_texts
                entries = name_clusters(vectors, labels, read_vocabulary(), embed)
                _judge_names(scene.names, labels, entries, figures)
    return figures


def _scene(library: sqlclap.Library, known: NamedSounds) -> LabelledSounds:
    """Read the sounds' vectors, and look their names up."""

    sounds = read_sounds(library.connection, default_model(library.connection))
    rows = library.connection.execute(PLACES)
    places = {int(key): (Path(str(root)), str(path)) for key, root, path in rows}
    truth = {(folder.resolve(), path): name for (folder, path), name in known.truth.items()}
    names = [truth.get(places[key], "") for key in sounds.sample_ids.tolist()]
    return LabelledSounds(sounds, np.array(names, dtype=np.str_))


def _run_methods(
    scene: LabelledSounds, seed: int, peers: bool, figures: ClusterFigures
) -> Int64Array:
    """Run the default, and the others beside it; return the default's clusters."""
    options, silence = ClusterOptions(seed=seed), NullProgress()
    size = options.size_for(len(scene.sounds))
    neighbours = neighbours_of_all(scene.sounds, options.neighbors, silence)
    points = reduce_sounds(scene.sounds, neighbours, options, silence)
    methods: dict[str, Callable[[], Int64Array]] = {
        DEFAULT: lambda: hdbscan_clusters(points, size).labels
    }
    if peers:
        methods["scikit-learn's HDBSCAN, same ten dimensions"] = lambda: _sklearn(points, size)
        methods["EVoC on the vectors"] = lambda: _evoc(scene.sounds.vectors, size, seed)
    found: list[Int64Array] = []
    for name, method in methods.items():
        began = time.perf_counter()
        found.append(method())
        spent = time.perf_counter() - began
        figures.methods.setdefault(name, []).append(scene.judge(found[-1], spent))
    return found[0]


def _sklearn(points: Float32Array, size: int) -> Int64Array:
    from sklearn.cluster import HDBSCAN

    method = HDBSCAN(min_cluster_size=size, min_samples=min(MIN_SAMPLES, size), copy=True)
    labels: Int64Array = method.fit_predict(points)
    return labels


def _evoc(vectors: Float32Array, size: int, seed: int) -> Int64Array:
    from evoc import EVoC

    labels: Int64Array = EVoC(base_min_cluster_size=size, random_state=seed).fit_predict(vectors)
    return labels


def _judge_names(
    names: StrArray, labels: Int64Array, entries: Sequence[ClusterName], figures: ClusterFigures
) -> None:
    """Count clusters more than half of whose sounds bear one name, and those named so."""
    for entry in entries:
        inside = names[labels == entry.cluster].tolist()
        ((name, count),) = Counter(inside).most_common(1)
        if name and 2 * count > len(inside):
            figures.majorities += 1
            figures.named_right += name_of(entry.base) == name


def as_markdown(figures: ClusterFigures) -> str:
    """Write a table: mean over the seeds, and standard deviation."""
    head = (
        "method", "clusters", "noise", "in clusters", "k-means", "all", "k-means", "seconds",
    )  # fmt: skip
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, runs in figures.methods.items():
        cells = [
            f"{_mean(runs, 'clusters'):.1f}",
            f"{_mean(runs, 'noise'):.1%}",
            _spread(runs, "clustered"),
            _spread(runs, "clustered_kmeans"),
            _spread(runs, "everything"),
            _spread(runs, "everything_kmeans"),
            f"{_mean(runs, 'seconds'):.2f}",
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _mean(runs: Sequence[Agreement], figure: str) -> float:
    return statistics.fmean(getattr(run, figure) for run in runs)


def _spread(runs: Sequence[Agreement], figure: str) -> str:
    deviation = statistics.pstdev(getattr(run, figure) for run in runs)
    return f"{_mean(runs, figure):.3f} ± {deviation:.3f}"
