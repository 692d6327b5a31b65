"""Object storage: objects at addresses, listed and fetched through fsspec."""
