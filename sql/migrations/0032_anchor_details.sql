-- What annotation files of other programs say besides label and span, kept with anchors as with votes.

ALTER TABLE anchors ADD COLUMN found_score REAL;  -- of the program that found it, on its own scale
ALTER TABLE anchors ADD COLUMN low_hz REAL CHECK (low_hz >= 0);
ALTER TABLE anchors ADD COLUMN high_hz REAL CHECK (high_hz >= 0);
ALTER TABLE anchors ADD COLUMN notes TEXT;
ALTER TABLE anchors ADD COLUMN more TEXT          -- JSON object: other columns of the file
    CHECK (more IS NULL OR (json_valid(more) AND json_type(more) = 'object'));
