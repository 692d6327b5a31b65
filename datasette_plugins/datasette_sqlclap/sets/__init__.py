"""The page and the API over a set: one page for all of its shards."""
