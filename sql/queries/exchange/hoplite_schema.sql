-- The tables of perch-hoplite 1.0: names, types and constraints are those that its own code makes.
CREATE TABLE hoplite_metadata (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE deployments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    project TEXT NOT NULL,
    latitude REAL,
    longitude REAL,
    habitat TEXT,
    recorder TEXT,
    notes TEXT,
    UNIQUE (name, project)
);
CREATE TABLE recordings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    filename TEXT NOT NULL,
    datetime TEXT,
    deployment_id INTEGER REFERENCES deployments (id) ON DELETE CASCADE,
    UNIQUE (id, deployment_id),
    UNIQUE (filename, deployment_id)
);
CREATE TABLE windows (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recording_id INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    offsets FLOAT_LIST NOT NULL,
    UNIQUE (id, recording_id, offsets)
);
CREATE TABLE annotations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recording_id INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    offsets FLOAT_LIST NOT NULL,
    label TEXT NOT NULL,
    label_type INTEGER NOT NULL,
    provenance TEXT NOT NULL,
    UNIQUE (id, recording_id, offsets)
);
CREATE INDEX idx_annotations
    ON annotations (recording_id, offsets, label, label_type, provenance);
CREATE INDEX idx_labels ON annotations (label, label_type, provenance);
CREATE INDEX idx_recordings_deployment_id ON recordings (deployment_id);
CREATE INDEX idx_windows_recording_id ON windows (recording_id);
