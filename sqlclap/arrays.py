"""Array types by the name of their numbers; shapes are in the docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    AnyArray = npt.NDArray[Any]
    BoolArray = npt.NDArray[np.bool_]
    Float32Array = npt.NDArray[np.float32]
    Float64Array = npt.NDArray[np.float64]
    Int8Array = npt.NDArray[np.int8]
    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]
    UInt8Array = npt.NDArray[np.uint8]
    UInt16Array = npt.NDArray[np.uint16]
    StrArray = npt.NDArray[np.str_]


def plain_number(value: Any) -> Any:
    """Return a number of NumPy's as Python's own, and anything else as it is.

    To SQLite's drivers one that is no `float` is a buffer like any other: they bind it as a BLOB,
    which is above every number, and no error tells of it.
    """
    return value.item() if getattr(value, "ndim", None) == 0 else value
