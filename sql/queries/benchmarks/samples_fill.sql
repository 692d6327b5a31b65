-- Made-up samples, for benchmarks: ?1 id, ?2 source, ?3 seconds.
INSERT INTO samples (sample_id, source_id, path, content_hash, bytes, mtime_ns, duration_s)
VALUES (?1, ?2, printf('%03d/%07d.wav', ?1 / 10000, ?1), '', 0, 0, ?3);
