"""Benchmarks: phases timed by repetition, with a peer in the same run."""
