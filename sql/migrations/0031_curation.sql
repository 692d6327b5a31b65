-- What people keep of their sounds: favourites, collections, ratings, notes, and what was used last.

CREATE TABLE favourites (
    sample_id INTEGER PRIMARY KEY,
    added_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

CREATE TABLE sample_ratings (
    sample_id INTEGER PRIMARY KEY,
    rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 5),     -- stars
    rated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

CREATE TABLE sample_notes (
    sample_id INTEGER PRIMARY KEY,
    note TEXT NOT NULL CHECK (trim(note) <> ''),
    written_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

CREATE TABLE sample_collections (
    collection_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (trim(name) <> ''),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

CREATE TABLE collection_samples (
    collection_id INTEGER NOT NULL REFERENCES sample_collections (collection_id),
    sample_id INTEGER NOT NULL,
    added_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (collection_id, sample_id)
);

CREATE INDEX collection_samples_by_sample ON collection_samples (sample_id);

-- Sounds that were played, opened, shown or exported.
CREATE TABLE recent_uses (
    sample_id INTEGER PRIMARY KEY,
    action TEXT NOT NULL CHECK (action IN ('play', 'open', 'reveal', 'export')),   -- the last
    used_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    uses INTEGER NOT NULL DEFAULT 1 CHECK (uses > 0)
);

CREATE INDEX recent_uses_by_time ON recent_uses (used_at);

CREATE TRIGGER samples_removed_curation AFTER DELETE ON samples
BEGIN
    DELETE FROM favourites WHERE sample_id = OLD.sample_id;
    DELETE FROM sample_ratings WHERE sample_id = OLD.sample_id;
    DELETE FROM sample_notes WHERE sample_id = OLD.sample_id;
    DELETE FROM collection_samples WHERE sample_id = OLD.sample_id;
    DELETE FROM recent_uses WHERE sample_id = OLD.sample_id;
END;

CREATE TRIGGER collections_removed BEFORE DELETE ON sample_collections
BEGIN
    DELETE FROM collection_samples WHERE collection_id = OLD.collection_id;
END;

CREATE TRIGGER collections_gone AFTER DELETE ON sample_collections
WHEN OLD.collection_id > ifnull((SELECT g.highest FROM ids_gone AS g WHERE g.table_name = 'sample_collections'), 0)
BEGIN
    INSERT OR REPLACE INTO ids_gone VALUES ('sample_collections', OLD.collection_id);
END;
