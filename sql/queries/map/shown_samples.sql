-- What points can be coloured and filtered by, in the order of shown_points.
SELECT u.sample_id, s.path, s.duration_s
FROM layout_umap AS u
LEFT JOIN samples AS s USING (sample_id)
WHERE u.layout_id = ?
ORDER BY u.sample_id
