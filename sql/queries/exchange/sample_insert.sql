-- A recording that comes with its vectors. One that the library knows stays as it is, unless its
-- file was never there.
INSERT INTO samples (
    source_id, path, path_bytes, content_hash, bytes, mtime_ns, duration_s, sample_rate, channels,
    format, status, reading_revision
)
VALUES (
    :source_id, :path, :path_bytes, :content_hash, :bytes, :mtime_ns, :duration_s, :sample_rate,
    :channels, :format, :status, :reading_revision
)
ON CONFLICT (source_id, path) DO UPDATE SET
    content_hash = excluded.content_hash,
    bytes = excluded.bytes,
    mtime_ns = excluded.mtime_ns,
    duration_s = excluded.duration_s,
    sample_rate = excluded.sample_rate,
    channels = excluded.channels,
    format = excluded.format,
    status = excluded.status
WHERE content_hash = '' AND excluded.content_hash <> '';
