-- What annotation files of other programs say besides label and span, kept with the vote or tag.

ALTER TABLE votes ADD COLUMN found_score REAL;  -- of the program that found it, on its own scale
ALTER TABLE votes ADD COLUMN low_hz REAL CHECK (low_hz >= 0);
ALTER TABLE votes ADD COLUMN high_hz REAL CHECK (high_hz >= 0);
ALTER TABLE votes ADD COLUMN notes TEXT;
ALTER TABLE votes ADD COLUMN more TEXT          -- JSON object: other columns of the file
    CHECK (more IS NULL OR (json_valid(more) AND json_type(more) = 'object'));

ALTER TABLE tags ADD COLUMN found_score REAL;
ALTER TABLE tags ADD COLUMN low_hz REAL CHECK (low_hz >= 0);
ALTER TABLE tags ADD COLUMN high_hz REAL CHECK (high_hz >= 0);
ALTER TABLE tags ADD COLUMN notes TEXT;
ALTER TABLE tags ADD COLUMN more TEXT
    CHECK (more IS NULL OR (json_valid(more) AND json_type(more) = 'object'));

-- A recording whose vectors came without its file, and whose file comes later: what was said of it
-- is said of that file.
CREATE TRIGGER samples_first_read AFTER UPDATE OF content_hash ON samples
WHEN OLD.content_hash = '' AND NEW.content_hash <> ''
BEGIN
    UPDATE anchors SET content_hash = NEW.content_hash
    WHERE sample_id = NEW.sample_id AND ifnull(content_hash, '') = '';
    UPDATE votes SET content_hash = NEW.content_hash
    WHERE sample_id = NEW.sample_id AND ifnull(content_hash, '') = '';
END;
