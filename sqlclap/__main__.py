"""``python -m sqlclap``."""

from sqlclap.cli import main

main()
