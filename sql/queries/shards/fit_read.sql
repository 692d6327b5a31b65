-- A fit of a set: of its map, or of its clusters.
SELECT version, params, seed, report, seconds, created_at FROM set_fits
WHERE kind = ?
