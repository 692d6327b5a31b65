"""An ingest whose sounds are read and embedded on many machines, by Ray."""
