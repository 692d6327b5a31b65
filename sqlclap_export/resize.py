"""Bicubic resizing as a matrix.

Runtimes disagree on bicubic interpolation with aligned corners (by 5e-4 between torch and ONNX
Runtime on CLAP's spectrograms). It is a fixed linear map, so a constant matrix is the same
everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# Keys' cubic convolution with a = -0.75, as torch and OpenCV have it: R. Keys, "Cubic convolution
# interpolation for digital image processing", IEEE Trans. ASSP 29 (1981), equation 15.
_A = -0.75


def _cubic(distance: float) -> float:
    if distance <= 1.0:
        return ((_A + 2.0) * distance - (_A + 3.0)) * distance * distance + 1.0
    if distance < 2.0:
        return ((_A * distance - 5.0 * _A) * distance + 8.0 * _A) * distance - 4.0 * _A
    return 0.0


def bicubic_matrix(inputs: int, outputs: int) -> npt.NDArray[np.float32]:
    """Make the matrix that resizes `inputs` values to `outputs` with aligned corners.

    Parameters
    ----------
    inputs, outputs : int
        At least 2 each.

    Returns
    -------
    np.ndarray [shape=(outputs, inputs), dtype=float32]
        At most four weights a row; beyond the ends, the end values count again.
    """
    import numpy as np

    matrix = np.zeros((outputs, inputs))
    for row in range(outputs):
        place = row * (inputs - 1) / (outputs - 1)
        first = int(place)
        for column in range(first - 1, first + 3):
            weight = _cubic(abs(place - column))
            matrix[row, min(max(column, 0), inputs - 1)] += weight
    return matrix.astype(np.float32)
