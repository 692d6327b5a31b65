"""Scripts that other programs' environments run on what sqlclap has written."""
