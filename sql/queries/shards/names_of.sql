-- Some samples (?1, JSON) with the folders of their sources, their paths and their contents.
SELECT p.sample_id, s.root, p.path, p.content_hash
FROM samples AS p
JOIN sources AS s USING (source_id)
WHERE p.sample_id IN (SELECT value FROM json_each(?1));
