-- A made-up sample of one second, for benchmarks.
INSERT INTO samples (source_id, path, content_hash, bytes, mtime_ns, duration_s)
VALUES (?, ?, '', 0, 0, 1.0)
RETURNING sample_id;
