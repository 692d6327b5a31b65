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
    import numpy as np
    import numpy.typing as npt

    from sqlclap.layout.descent import Course
    from sqlclap.layout.graph import Neighbours

    Floats = npt.NDArray[np.float32]
    Ids = npt.NDArray[np.int64]


def embed(
    vectors: Floats, start: Floats, neighbours: Neighbours, course: Course, extras: dict[str, Any]
) -> Floats:
    """Lay vectors out on a plane with umap-learn.

    Parameters
    ----------
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        Unit vectors; n at least 3.
    start : np.ndarray [shape=(n, 2), dtype=float32]
    neighbours : Neighbours
        Of each vector, itself left out.
    course : Course
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

    try:
        from umap import UMAP
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"--engine umap-learn needs {error.name}, which is not installed: "
            "pip install 'sqlclap[map]'"
        ) from error
    rows, distances = _with_themselves(neighbours)
    reducer = UMAP(
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


def _with_themselves(neighbours: Neighbours) -> tuple[Ids, Floats]:
    """Put each vector before its neighbours, as umap-learn has it."""
    import numpy as np

    itself = np.arange(len(neighbours.rows))[:, None]
    nothing = np.zeros(itself.shape, dtype=np.float32)
    rows = np.concatenate([itself, neighbours.rows], axis=1)
    return rows, np.concatenate([nothing, neighbours.distances], axis=1)
