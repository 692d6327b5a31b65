"""Search: by words, by sample, by audio, by vector; duplicates and moments."""
