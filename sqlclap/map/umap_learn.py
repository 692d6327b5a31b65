"""The reference engine: umap-learn, on the neighbours that the library's index gives.

It offers what sqlclap's engine lacks: densMAP (Narayan, Berger, Cho: Assessing single-cell
transcriptomic variability through density-preserving data visualization, 2021) and labels as a
target (McInnes, Healy, Melville: UMAP, 2018, section 4.2.3).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.errors import MissingExtraError

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.map.engine import DescentSchedule
    from sqlclap.map.fuzzy_simplicial_set import KnnGraph


def embed(
    vectors: Float32Array,
    initial: Float32Array,
    neighbours: KnnGraph,
    schedule: DescentSchedule,
    extras: dict[str, Any],
) -> Float32Array:
    """Lay vectors out on a plane with umap-learn.

    Parameters
    ----------
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        Unit vectors; n at least 3.
    initial : np.ndarray [shape=(n, 2), dtype=float32]
    neighbours : KnnGraph
        Of each vector, without the vector itself.
    schedule : DescentSchedule
    extras : dict
        ``density`` (bool): use densMAP. ``target`` (int64 of shape (n,), or None): a class for each
        vector, -1 where it has none.

    Returns
    -------
    np.ndarray [shape=(n, 2), dtype=float32]
        The same for the same arguments: with a seed umap-learn runs on one thread.

    Raises
    ------
    MissingExtraError
        umap-learn is not installed.
    """

    rows, distances = _with_themselves(neighbours)
    reducer = _umap()(
        n_neighbors=rows.shape[1],
        min_dist=schedule.min_dist,
        metric="cosine",
        init=initial.copy(),
        n_epochs=schedule.epochs,
        learning_rate=schedule.initial_alpha,
        random_state=schedule.seed % 2**32,
        precomputed_knn=(rows, distances),
        force_approximation_algorithm=True,  # else it computes all neighbours of few points itself
        densmap=bool(extras["density"]),
    )
    with warnings.catch_warnings():  # about one thread because of the seed; about isolated points
        warnings.simplefilter("ignore", UserWarning)
        fitted = reducer.fit(vectors, extras["target"])
    return np.nan_to_num(np.asarray(fitted.embedding_, dtype=np.float32))


def _umap() -> Any:
    try:
        from umap import UMAP
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"--engine umap-learn needs {error.name}, which is not installed: "
            "pip install 'sqlclap[map]'"
        ) from error
    return UMAP


def _with_themselves(neighbours: KnnGraph) -> tuple[Int64Array, Float32Array]:
    """Prepend each vector to its own neighbours, as umap-learn expects."""

    own_rows = np.arange(len(neighbours.rows))[:, None]
    zeros = np.zeros(own_rows.shape, dtype=np.float32)
    rows = np.concatenate([own_rows, neighbours.rows], axis=1)
    return rows, np.concatenate([zeros, neighbours.distances], axis=1)
