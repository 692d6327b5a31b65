-- In the catalog: gives a copy another name.
UPDATE samples SET source_id = :source_id, path = :path, path_bytes = :path_bytes
WHERE sample_id = :sample_id;
