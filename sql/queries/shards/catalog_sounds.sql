-- The catalog's sounds by their source's folder and their path, with what they held when copied.
SELECT p.sample_id, s.root, p.path, p.content_hash FROM samples AS p JOIN sources AS s USING (source_id)
