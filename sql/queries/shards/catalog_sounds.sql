-- The catalog's sounds by their source's folder and their path.
SELECT p.sample_id, s.root, p.path FROM samples AS p JOIN sources AS s USING (source_id)
