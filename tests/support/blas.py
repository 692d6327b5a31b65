"""What numpy's BLAS is set to."""

from __future__ import annotations

from threadpoolctl import threadpool_info


def numpy_blas_threads() -> set[int]:
    """Return the threads that numpy's own BLAS uses; scipy brings another, which stays as it is."""
    return {
        int(one["num_threads"])
        for one in threadpool_info()
        if one["user_api"] == "blas" and "numpy" in one["filepath"]
    }
