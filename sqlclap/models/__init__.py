"""Models: contract, bundle, encoder, hub, registry, installation."""

import os
from typing import Any

# ONNX Runtime's builds since 1.32 report to Microsoft, and put an identifier of the machine into
# the cache of whoever runs them. It must be said before they are imported, which only modules of
# this package do; who wants it can say so beforehand.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def __getattr__(name: str) -> Any:
    from sqlclap.deprecated import moved_name

    return moved_name("models")(name)
