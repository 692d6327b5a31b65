-- One sound as it is now on disk. A sample that comes back keeps its id.
INSERT INTO samples (
    source_id, path, path_bytes, content_hash, bytes, mtime_ns, sample_rate, channels, format,
    status, note, reading_revision, measurement_id, {columns}
)
VALUES (
    :source_id, :path, :path_bytes, :content_hash, :bytes, :mtime_ns, :sample_rate, :channels,
    :format, :status, :note, :reading_revision, :measurement_id, {values}
)
ON CONFLICT (source_id, path) DO UPDATE SET
    path_bytes = excluded.path_bytes,
    content_hash = excluded.content_hash,
    bytes = excluded.bytes,
    mtime_ns = excluded.mtime_ns,
    sample_rate = excluded.sample_rate,
    channels = excluded.channels,
    format = excluded.format,
    status = excluded.status,
    note = excluded.note,
    reading_revision = excluded.reading_revision,
    measurement_id = excluded.measurement_id,
    {updates},
    updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
RETURNING sample_id;
