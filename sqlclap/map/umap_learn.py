"""The reference engine: umap-learn itself, on the neighbours that the library's own index gives.

It has what sqlclap's engine lacks: densMAP (Narayan, Berger, Cho: Assessing single-cell
transcriptomic variability through density-preserving data visualization, 2021) and labels as a
target (McInnes, Healy, Melville: UMAP, 2018, section 4.2.3).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from sqlclap.errors import MissingExtraError

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.map.engine import DescentSchedule
    from sqlclap.map.fuzzy_simplicial_set import KnnGraph


def embed(
    vectors: Float32Array,
    start: Float32Array,
    neighbours: KnnGraph,
    course: DescentSchedule,
    extras: dict[str, Any],
) -> Float32Array:
    """Lay vectors out on a plane with umap-learn.

    Parameters
    ----------
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        Unit vectors; n at least 3.
    start : np.ndarray [shape=(n, 2), dtype=float32]
    neighbours : KnnGraph
        Of each vector, itself left out.
    course : DescentSchedule
    extras : dict
        ``density`` (bool): densMAP. ``target`` (int64 of shape (n,), or None): a class for each
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
    import numpy as np

    rows, distances = _with_themselves(neighbours)
    reducer = _umap()(
        n_neighbors=rows.shape[1],
        min_dist=course.min_dist,
        metric="cosine",
        init=start.copy(),
        n_epochs=course.epochs,
        learning_rate=course.first_step,
        random_state=course.seed % 2**32,
        precomputed_knn=(rows, distances),
        force_approximation_algorithm=True,  # else it computes all neighbours of few points itself
        densmap=bool(extras["density"]),
    )
    with warnings.catch_warnings():  # of one thread because of the seed; of points without ties
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
    """Put each vector before its neighbours, as umap-learn has it."""
    import numpy as np

    itself = np.arange(len(neighbours.rows))[:, None]
    nothing = np.zeros(itself.shape, dtype=np.float32)
    rows = np.concatenate([itself, neighbours.rows], axis=1)
    return rows, np.concatenate([nothing, neighbours.distances], axis=1)
