-- In a shard: up to which of its sounds those of other shards have been looked for whose file has
-- a new name here. NULL: nothing has been looked for since it became one.

ALTER TABLE set_membership ADD COLUMN renames_sought INTEGER;

-- In a shard: the first names of sounds that have another one by now, until the set's catalog, which
-- knows sounds by their names, has followed.
CREATE TABLE set_renamed (
    sample_id INTEGER PRIMARY KEY,
    root TEXT NOT NULL,                     -- of the source that it was of
    path TEXT NOT NULL
);

CREATE TRIGGER samples_renamed_in_set AFTER UPDATE OF source_id, path ON samples
WHEN (OLD.source_id, OLD.path) IS NOT (NEW.source_id, NEW.path)
    AND EXISTS (SELECT 1 FROM set_membership AS m WHERE m.renames_sought IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM set_renamed AS r WHERE r.sample_id = OLD.sample_id)
BEGIN
    INSERT INTO set_renamed (sample_id, root, path)
    SELECT OLD.sample_id, s.root, OLD.path FROM sources AS s WHERE s.source_id = OLD.source_id;
END;
