-- Samples whose path, or whose source's folder, has letters beyond ASCII.
SELECT s.sample_id, src.root, s.path, s.path_bytes
FROM samples AS s
JOIN sources AS src USING (source_id)
WHERE s.path GLOB '*[^ -~]*' OR src.root GLOB '*[^ -~]*'
ORDER BY s.sample_id;
