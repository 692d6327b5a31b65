-- A sound with all its columns, and its source's folder.
SELECT p.*, s.root FROM samples AS p JOIN sources AS s ON s.source_id = p.source_id
WHERE p.sample_id = ?
