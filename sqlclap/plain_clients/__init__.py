"""What clients that have no sqlclap find in a library: stored queries, and stored neighbours."""
