-- When a recording began, as another database says: its file is not there to be asked.
INSERT OR IGNORE INTO recording_times (sample_id, started_at, utc_offset_min, started_at_utc)
VALUES (:sample_id, :started_at, :utc_offset_min, :started_at_utc);
