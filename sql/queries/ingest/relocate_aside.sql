-- Frees a sample's place until it gets another; no file's path begins with a slash.
UPDATE samples SET path = '/' || sample_id
WHERE sample_id = :sample_id AND (source_id, path) IS NOT (:source_id, :path);
