"""A checkpoint's tensors, each taken once: what is missing or left over is an error.

Loaders that skip what they don't know leave random weights behind and say nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlclap.errors import CheckpointError

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

_SHOWN = 4


class Weights:
    """Named tensors of a checkpoint.

    Parameters
    ----------
    tensors : mapping of str to np.ndarray
    where : str
        Names the checkpoint in errors.
    """

    def __init__(self, tensors: Mapping[str, Float32Array], where: str) -> None:
        self._tensors = tensors
        self._taken: set[str] = set()
        self.where = where

    def __contains__(self, name: str) -> bool:
        return name in self._tensors

    def shape(self, name: str) -> tuple[int, ...]:
        """Return a tensor's shape without taking it.

        Raises
        ------
        CheckpointError
            There is no such tensor.
        """
        if name not in self._tensors:
            raise CheckpointError(f"{self.where}: the checkpoint has no {name}")
        return tuple(self._tensors[name].shape)

    def count(self, prefix: str) -> int:
        """Count the numbered parts below a prefix: ``layer.0``, ``layer.1`` and so on."""
        found = set()
        for name in self._tensors:
            number = name.removeprefix(prefix).split(".", 1)[0]
            if name.startswith(prefix) and number.isdecimal():
                found.add(int(number))
        return len(found)

    def take(self, name: str, *shape: int) -> Float32Array:
        """Return a tensor, which must have this shape.

        Raises
        ------
        CheckpointError
            There is no such tensor, or it has another shape.
        """
        found = self.shape(name)
        if found != shape:
            raise CheckpointError(f"{self.where}: expected {name} of shape {shape}, got {found}")
        self._taken.add(name)
        return self._tensors[name]

    def finish(self, unused: Sequence[str]) -> None:
        """Check that everything was taken.

        Parameters
        ----------
        unused : sequence of str
            Parts of names of tensors that are known to have no part in an embedding.

        Raises
        ------
        CheckpointError
            A tensor is left that nothing asked for.
        """
        left = sorted(set(self._tensors) - self._taken)
        left = [name for name in left if not any(part in name for part in unused)]
        if left:
            more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
            raise CheckpointError(
                f"{self.where}: unexpected weights {', '.join(left[:_SHOWN])}{more}: "
                "this is another architecture than the checkpoint's configuration says"
            )
