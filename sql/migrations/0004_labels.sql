-- Labels by example. Anchors (examples that a person chose), votes (a person's verdicts) and tags
-- (what a run wrote, of the labels' scores or by hand) are three things: nothing automatic writes
-- anchors or votes.

CREATE TABLE labels (
    label_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (trim(name) <> ''),
    aggregation TEXT NOT NULL DEFAULT 'mean' CHECK (aggregation IN ('mean', 'max')),
    top_k INTEGER CHECK (top_k >= 1),       -- NULL here and below: calibrated, or the model's own
    threshold REAL CHECK (threshold BETWEEN 0 AND 1),
    gap REAL CHECK (gap BETWEEN 0 AND 2),
    color TEXT,                             -- #rrggbb
    notes TEXT,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

-- sample_id is no foreign key here and in votes: what a person said outlives a pruned sample, and
-- finds its sound again by content_hash when that comes back.
CREATE TABLE anchors (
    anchor_id INTEGER PRIMARY KEY AUTOINCREMENT,
    label_id INTEGER NOT NULL REFERENCES labels (label_id),
    sample_id INTEGER NOT NULL,
    polarity TEXT NOT NULL DEFAULT 'positive' CHECK (polarity IN ('positive', 'negative')),
    weight REAL NOT NULL DEFAULT 1 CHECK (weight BETWEEN 0 AND 1),
    content_hash TEXT,                      -- the sound's as it was then
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (label_id, sample_id)
);

CREATE INDEX anchors_by_content ON anchors (content_hash);

-- Which pairs a review showed, drawn how: what makes its votes an unbiased sample.
CREATE TABLE reviews (
    review_id INTEGER PRIMARY KEY AUTOINCREMENT,
    label_id INTEGER NOT NULL REFERENCES labels (label_id),
    model_id INTEGER NOT NULL REFERENCES models (model_id),
    draws TEXT NOT NULL,                    -- JSON: stratum, low, high, population, drawn
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

-- Verdicts are only ever added; a pair's last one is in force.
CREATE TABLE votes (
    vote_id INTEGER PRIMARY KEY AUTOINCREMENT,
    label_id INTEGER NOT NULL REFERENCES labels (label_id),
    sample_id INTEGER NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('accept', 'reject', 'unsure')),
    model_id INTEGER REFERENCES models (model_id),
    score REAL,                             -- as it was then, under model_id
    gap REAL,
    source TEXT NOT NULL DEFAULT 'sql',     -- cli, review, import, page, python, sql
    review_id INTEGER REFERENCES reviews (review_id),
    stratum TEXT,                           -- of the review: top, near, random
    content_hash TEXT,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

CREATE INDEX votes_by_pair ON votes (label_id, sample_id, vote_id);
CREATE INDEX votes_by_sample ON votes (sample_id);
CREATE INDEX votes_by_content ON votes (content_hash);

CREATE TABLE tag_runs (
    run_id INTEGER PRIMARY KEY AUTOINCREMENT,
    label_id INTEGER NOT NULL REFERENCES labels (label_id),
    model_id INTEGER NOT NULL REFERENCES models (model_id),
    params TEXT NOT NULL,                   -- JSON: confidence ('hand': by a person), settings
    tagged INTEGER NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    undone_at TEXT
);

CREATE TABLE tags (
    sample_id INTEGER NOT NULL,
    label_id INTEGER NOT NULL REFERENCES labels (label_id),
    run_id INTEGER NOT NULL REFERENCES tag_runs (run_id),
    score REAL,                             -- NULL: by hand, and nothing could score it then
    gap REAL,
    confidence TEXT NOT NULL CHECK (confidence IN ('high', 'medium', 'low', 'hand')),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (sample_id, label_id, run_id)
);

CREATE INDEX tags_by_run ON tags (run_id);
CREATE INDEX tags_by_label ON tags (label_id, sample_id);

CREATE TABLE calibrations (
    calibration_id INTEGER PRIMARY KEY AUTOINCREMENT,
    label_id INTEGER NOT NULL REFERENCES labels (label_id),
    model_id INTEGER NOT NULL REFERENCES models (model_id),
    threshold REAL NOT NULL CHECK (threshold BETWEEN 0 AND 1),
    gap REAL NOT NULL CHECK (gap BETWEEN 0 AND 2),
    top_k INTEGER NOT NULL CHECK (top_k >= 1),
    target_precision REAL NOT NULL,
    precision_low REAL NOT NULL,
    votes_used INTEGER NOT NULL,
    report TEXT NOT NULL,                   -- JSON
    in_force INTEGER NOT NULL DEFAULT 0 CHECK (in_force IN (0, 1)),
    replaced TEXT,                          -- JSON: what applying it put out of force
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

CREATE UNIQUE INDEX calibrations_one_in_force ON calibrations (label_id, model_id)
    WHERE in_force = 1;
CREATE INDEX calibrations_by_label ON calibrations (label_id, model_id, calibration_id);

-- Other tools may leave content_hash out.
CREATE TRIGGER anchors_added AFTER INSERT ON anchors
WHEN NEW.content_hash IS NULL
BEGIN
    UPDATE anchors
    SET content_hash = (SELECT s.content_hash FROM samples AS s WHERE s.sample_id = NEW.sample_id)
    WHERE anchor_id = NEW.anchor_id;
END;

CREATE TRIGGER votes_added AFTER INSERT ON votes
WHEN NEW.content_hash IS NULL
BEGIN
    UPDATE votes
    SET content_hash = (SELECT s.content_hash FROM samples AS s WHERE s.sample_id = NEW.sample_id)
    WHERE vote_id = NEW.vote_id;
END;

-- A sound that was pruned and comes back gets its anchors and votes back: rejections stick.
CREATE TRIGGER samples_added_feedback AFTER INSERT ON samples
WHEN NEW.content_hash <> ''
BEGIN
    UPDATE OR IGNORE anchors SET sample_id = NEW.sample_id
    WHERE content_hash = NEW.content_hash
        AND NOT EXISTS (SELECT 1 FROM samples AS s WHERE s.sample_id = anchors.sample_id);
    UPDATE votes SET sample_id = NEW.sample_id
    WHERE content_hash = NEW.content_hash
        AND NOT EXISTS (SELECT 1 FROM samples AS s WHERE s.sample_id = votes.sample_id);
END;

-- Triggers, not foreign-key cascades: PRAGMA foreign_keys is off in most tools.
CREATE TRIGGER samples_removed_tags AFTER DELETE ON samples
BEGIN
    DELETE FROM tags WHERE sample_id = OLD.sample_id;
END;

CREATE TRIGGER labels_removed BEFORE DELETE ON labels
BEGIN
    DELETE FROM tags WHERE label_id = OLD.label_id;
    DELETE FROM tag_runs WHERE label_id = OLD.label_id;
    DELETE FROM votes WHERE label_id = OLD.label_id;
    DELETE FROM reviews WHERE label_id = OLD.label_id;
    DELETE FROM calibrations WHERE label_id = OLD.label_id;
    DELETE FROM anchors WHERE label_id = OLD.label_id;
END;

CREATE TRIGGER tag_runs_removed BEFORE DELETE ON tag_runs
BEGIN
    DELETE FROM tags WHERE run_id = OLD.run_id;
END;
