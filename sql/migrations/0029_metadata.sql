-- What files and their names say of sounds, and words to search names and metadata by.

-- Read by an ingest of what has no row here: the best values of each sound, and its words.
CREATE TABLE sound_descriptions (
    sample_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,                     -- words of the file's name
    folder TEXT NOT NULL,                   -- words of its folders below the source
    said TEXT NOT NULL,                     -- texts of the metadata
    category TEXT COLLATE NOCASE,
    subcategory TEXT COLLATE NOCASE,
    tempo REAL,                             -- beats per minute
    musical_key TEXT,                       -- "A minor"; "A" where nothing says the mode
    note TEXT                               -- what could not be read, and why
);

CREATE INDEX sound_descriptions_by_category ON sound_descriptions (category)
WHERE category IS NOT NULL;
CREATE INDEX sound_descriptions_by_subcategory ON sound_descriptions (subcategory)
WHERE subcategory IS NOT NULL;
CREATE INDEX sound_descriptions_by_tempo ON sound_descriptions (tempo) WHERE tempo IS NOT NULL;
CREATE INDEX sound_descriptions_by_key ON sound_descriptions (musical_key)
WHERE musical_key IS NOT NULL;

-- All that was said, with the field of the standard that said so.
CREATE TABLE metadata (
    metadata_id INTEGER PRIMARY KEY,
    sample_id INTEGER NOT NULL REFERENCES samples (sample_id),
    field TEXT NOT NULL,                    -- the common name: title, artist, tempo, key, ...
    value NOT NULL,                         -- text or a number
    origin TEXT NOT NULL,                   -- ixml, bext, acid, id3, info, name, ...
    said_by TEXT NOT NULL,                  -- the field's own name there: IART
    trust INTEGER NOT NULL                  -- 0 is the most trusted origin
);

CREATE INDEX metadata_by_sample ON metadata (sample_id);
CREATE INDEX metadata_by_field ON metadata (field, value);

CREATE VIRTUAL TABLE sound_words USING fts5 (
    name, folder, said, content = 'sound_descriptions', content_rowid = 'sample_id',
    tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER sound_descriptions_added AFTER INSERT ON sound_descriptions
BEGIN
    INSERT INTO sound_words (rowid, name, folder, said)
    VALUES (NEW.sample_id, NEW.name, NEW.folder, NEW.said);
END;

CREATE TRIGGER sound_descriptions_removed AFTER DELETE ON sound_descriptions
BEGIN
    INSERT INTO sound_words (sound_words, rowid, name, folder, said)
    VALUES ('delete', OLD.sample_id, OLD.name, OLD.folder, OLD.said);
    DELETE FROM metadata WHERE sample_id = OLD.sample_id;
END;

CREATE TRIGGER sound_descriptions_changed AFTER UPDATE OF name, folder, said ON sound_descriptions
BEGIN
    INSERT INTO sound_words (sound_words, rowid, name, folder, said)
    VALUES ('delete', OLD.sample_id, OLD.name, OLD.folder, OLD.said);
    INSERT INTO sound_words (rowid, name, folder, said)
    VALUES (NEW.sample_id, NEW.name, NEW.folder, NEW.said);
END;

CREATE TRIGGER samples_removed_metadata AFTER DELETE ON samples
BEGIN
    DELETE FROM sound_descriptions WHERE sample_id = OLD.sample_id;
    DELETE FROM metadata WHERE sample_id = OLD.sample_id;
END;

-- Another name or other content: what was said is read again by the next ingest.
CREATE TRIGGER samples_changed_metadata AFTER UPDATE OF path, content_hash, mtime_ns ON samples
WHEN OLD.path <> NEW.path OR OLD.content_hash <> NEW.content_hash OR OLD.mtime_ns <> NEW.mtime_ns
BEGIN
    DELETE FROM sound_descriptions WHERE sample_id = NEW.sample_id;
END;
