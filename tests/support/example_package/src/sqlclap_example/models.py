"""A model: where its bundle lies."""

import os
from pathlib import Path


def folder(name):
    """Return the folder of the bundle NAME; a real package would ship it."""
    return Path(os.environ["SQLCLAP_EXAMPLE_MODELS"]) / name
