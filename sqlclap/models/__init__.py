"""Models: bundles, their contracts, and the encoder that runs them."""

from sqlclap.models.bundle import EMBEDDED_MODEL, Bundle, find_bundle, open_bundle
from sqlclap.models.contract import Background, Contract, model_version, parse_contract
from sqlclap.models.encoder import Encoder

__all__ = [
    "EMBEDDED_MODEL",
    "Background",
    "Bundle",
    "Contract",
    "Encoder",
    "find_bundle",
    "model_version",
    "open_bundle",
    "parse_contract",
]
