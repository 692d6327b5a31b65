"""What a release takes: checks before a tag, the README for PyPI, sizes of extras."""
