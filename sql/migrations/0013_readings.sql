-- By which revision of reading (sqlclap.audio.READING_REVISION) a sound was read or a file failed:
-- what a newer one may hear otherwise is read once more. 0: before this was kept.

ALTER TABLE samples ADD COLUMN reading_revision INTEGER NOT NULL DEFAULT 0;

ALTER TABLE ingest_failures ADD COLUMN reading_revision INTEGER NOT NULL DEFAULT 0;
