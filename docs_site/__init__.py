"""What makes the documentation's site from `docs/` and the pages at the repository's root."""
