-- The other library's failures.
INSERT OR IGNORE INTO ingest_failures
    (source_id, path, path_bytes, stage, reason, bytes, mtime_ns, at, reading_revision)
SELECT here.source_id, f.path, f.path_bytes, f.stage, f.reason, f.bytes, f.mtime_ns, f.at,
    f.reading_revision
FROM other.ingest_failures AS f
JOIN other.sources AS there ON there.source_id = f.source_id
JOIN main.sources AS here ON here.root = there.root
