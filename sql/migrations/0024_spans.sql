-- Moments: anchors, votes and tags speak of a span of a sound, [start_s, end_s) in seconds from its
-- start, or, with both NULL, of the whole sound.

ALTER TABLE anchors ADD COLUMN start_s REAL
    CHECK (start_s IS NULL OR (typeof(start_s) = 'real' AND start_s >= 0));
ALTER TABLE anchors ADD COLUMN end_s REAL
    CHECK (iif(end_s IS NULL, start_s IS NULL, typeof(end_s) = 'real' AND end_s < 9e999 AND ifnull(start_s < end_s, 0)));

ALTER TABLE votes ADD COLUMN start_s REAL
    CHECK (start_s IS NULL OR (typeof(start_s) = 'real' AND start_s >= 0));
ALTER TABLE votes ADD COLUMN end_s REAL
    CHECK (iif(end_s IS NULL, start_s IS NULL, typeof(end_s) = 'real' AND end_s < 9e999 AND ifnull(start_s < end_s, 0)));

ALTER TABLE tags ADD COLUMN start_s REAL
    CHECK (start_s IS NULL OR (typeof(start_s) = 'real' AND start_s >= 0));
ALTER TABLE tags ADD COLUMN end_s REAL
    CHECK (iif(end_s IS NULL, start_s IS NULL, typeof(end_s) = 'real' AND end_s < 9e999 AND ifnull(start_s < end_s, 0)));

-- A sound may be a label's anchor once for each span, so the constraints over sounds go. Rebuilding
-- the tables would lose what a user added to them (columns, triggers, indexes, views over them):
-- the constraints leave the tables' text instead, and their indexes become ordinary ones, which are
-- stored alike, and are dropped like any other. A table that a program has rewritten without the
-- constraint has no such index.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, ',
    UNIQUE (label_id, sample_id)', '')
WHERE type = 'table' AND name = 'anchors';
UPDATE sqlite_schema SET sql = replace(sql, ',
    PRIMARY KEY (sample_id, label_id, run_id)', '')
WHERE type = 'table' AND name = 'tags';
UPDATE sqlite_schema SET name = 'anchors_once_a_sound',
    sql = 'CREATE INDEX anchors_once_a_sound ON anchors (label_id, sample_id)'
WHERE name = 'sqlite_autoindex_anchors_1'
    AND EXISTS (
        SELECT 1 FROM sqlite_schema AS t
        WHERE t.type = 'table' AND t.name = 'anchors' AND t.sql NOT LIKE '%UNIQUE%'
    );
UPDATE sqlite_schema SET name = 'tags_once_a_sound',
    sql = 'CREATE INDEX tags_once_a_sound ON tags (sample_id, label_id, run_id)'
WHERE name = 'sqlite_autoindex_tags_1'
    AND EXISTS (
        SELECT 1 FROM sqlite_schema AS t
        WHERE t.type = 'table' AND t.name = 'tags' AND t.sql NOT LIKE '%PRIMARY%KEY%'
    );
PRAGMA writable_schema = RESET;
DROP INDEX IF EXISTS anchors_once_a_sound;
DROP INDEX IF EXISTS tags_once_a_sound;

-- Where a program had rewritten a table and lost its constraint, rows may stand twice: the last holds.
DELETE FROM anchors WHERE anchor_id NOT IN (
    SELECT max(a.anchor_id) FROM anchors AS a GROUP BY a.label_id, a.sample_id
);
DELETE FROM tags WHERE rowid NOT IN (
    SELECT max(t.rowid) FROM tags AS t GROUP BY t.sample_id, t.label_id, t.run_id
);

CREATE UNIQUE INDEX anchors_by_span
    ON anchors (label_id, sample_id, ifnull(start_s, -1), ifnull(end_s, -1));
CREATE UNIQUE INDEX tags_by_span
    ON tags (sample_id, label_id, run_id, ifnull(start_s, -1), ifnull(end_s, -1));

DROP INDEX IF EXISTS votes_by_pair;
CREATE INDEX votes_by_pair ON votes (label_id, sample_id, start_s, end_s, vote_id);
CREATE INDEX votes_on_spans ON votes (sample_id, start_s, end_s) WHERE start_s IS NOT NULL;

-- The vectors of spans: each of exactly that audio. They can be made anew from the files at any time.
CREATE TABLE span_vectors (
    sample_id INTEGER NOT NULL,
    start_s REAL NOT NULL CHECK (start_s >= 0),
    end_s REAL NOT NULL CHECK (end_s > start_s),
    model_id INTEGER NOT NULL REFERENCES models (model_id),
    vector BLOB NOT NULL,                   -- float32, of length 1
    content_hash TEXT NOT NULL,             -- the sound's that it was made of: of no other's it is used
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (sample_id, start_s, end_s, model_id)
);

CREATE TRIGGER samples_removed_spans AFTER DELETE ON samples
BEGIN
    DELETE FROM span_vectors WHERE sample_id = OLD.sample_id;
END;

CREATE TRIGGER models_removed_spans AFTER DELETE ON models
BEGIN
    DELETE FROM span_vectors WHERE model_id = OLD.model_id;
END;
