-- What was measured of each point, in the order of shown_points; {columns} is one descriptor.
SELECT u.sample_id, {columns}
FROM layout_umap AS u
LEFT JOIN samples AS s USING (sample_id)
WHERE u.layout_id = ?
ORDER BY u.sample_id
