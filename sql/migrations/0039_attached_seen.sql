-- What a database's files were like when the rows of its table were last looked at: where they are
-- like this no more, rows may have changed.

ALTER TABLE attachments ADD COLUMN seen TEXT;   -- sizes and times of the file and its log
