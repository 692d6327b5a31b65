SELECT count(*) FROM samples WHERE source_id = ?;
