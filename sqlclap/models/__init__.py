"""Models: bundles, their contracts, and the encoder that runs them."""

from sqlclap.models.bundle import (
    EMBEDDED_MODEL,
    Bundle,
    find_bundle,
    find_named_bundle,
    open_bundle,
)
from sqlclap.models.contract import Background, Contract, model_version, parse_contract
from sqlclap.models.encoder import Encoder
from sqlclap.models.runtime import DEVICES, Device
from sqlclap.models.verify import Verdict, verify_bundle
from sqlclap.models.vocabulary import TaughtVocabulary, content_words, taught_vocabulary

__all__ = [
    "DEVICES",
    "EMBEDDED_MODEL",
    "Background",
    "Bundle",
    "Contract",
    "Device",
    "Encoder",
    "TaughtVocabulary",
    "Verdict",
    "content_words",
    "find_bundle",
    "find_named_bundle",
    "model_version",
    "open_bundle",
    "parse_contract",
    "taught_vocabulary",
    "verify_bundle",
]
