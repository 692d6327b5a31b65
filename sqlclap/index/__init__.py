"""The HNSW index beside a library: build, publish, open, catch up, search, verify."""
