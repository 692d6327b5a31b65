-- A fit of a set: of its map, or of its clusters; of the model in use.
SELECT version, params, seed, report, seconds, created_at FROM set_fits
WHERE kind = ? AND model_id = (SELECT model_id FROM models WHERE is_default = 1)
