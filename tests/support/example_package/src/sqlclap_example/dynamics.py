"""A descriptor: how far the peak stands over the root mean square."""

import math

import numpy as np

from sqlclap.descriptor_columns import DescriptorColumn


class Dynamics:
    """Measures one sound in passing, in bounded memory."""

    columns = (
        DescriptorColumn(
            name="crest_db",
            label="Crest factor",
            unit="dB",
            low=0.0,
            decimals=1,
            about="Peak over root mean square: high for clicks and drums, 3 for a sine.",
        ),
    )

    def __init__(self, sample_rate):
        self.peak = 0.0
        self.energy = 0.0
        self.samples = 0

    def update(self, mono):
        self.peak = max(self.peak, float(np.abs(mono).max(initial=0.0)))
        self.energy += float(np.square(mono, dtype=np.float64).sum())
        self.samples += len(mono)

    def finish(self):
        if not self.energy:
            return {"crest_db": None}
        rms = math.sqrt(self.energy / self.samples)
        return {"crest_db": 20 * math.log10(self.peak / rms)}
