INSERT INTO ingest_failures (
    source_id, path, path_bytes, stage, reason, bytes, mtime_ns, reading_revision
)
VALUES (
    :source_id, :path, :path_bytes, :stage, :reason, :bytes, :mtime_ns, :reading_revision
)
ON CONFLICT (source_id, path) DO UPDATE SET
    path_bytes = excluded.path_bytes,
    stage = excluded.stage,
    reason = excluded.reason,
    bytes = excluded.bytes,
    mtime_ns = excluded.mtime_ns,
    reading_revision = excluded.reading_revision,
    at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now');
