-- Descriptors of third parties, and which descriptors a sound was measured with: NULL in a column may
-- mean that a sound has no such thing (a pitch of noise), or that nobody has measured it yet.

CREATE TABLE descriptor_columns (
    name TEXT PRIMARY KEY,                  -- of a column of samples: <entry point>__<column>
    origin TEXT NOT NULL,                   -- the entry point that measures it
    description TEXT NOT NULL CHECK (json_valid(description)) -- label, unit, about, low, high, ...
) WITHOUT ROWID;

CREATE TABLE measurements (
    measurement_id INTEGER PRIMARY KEY,     -- follows from the names
    columns TEXT NOT NULL CHECK (json_valid(columns)) -- JSON: names of descriptors, sorted
);

ALTER TABLE samples ADD COLUMN measurement_id INTEGER; -- NULL: measured before this was kept
