-- Every sound by its source's folder and its path.
SELECT s.root, p.path FROM samples AS p JOIN sources AS s USING (source_id)
