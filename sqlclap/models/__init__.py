"""Models: contract, bundle, encoder, hub, registry, installation."""

from sqlclap.deprecated import moved_name

__getattr__ = moved_name("models")
