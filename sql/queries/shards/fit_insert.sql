INSERT OR REPLACE INTO set_fits (kind, version, params, seed, report, seconds, model_id)
VALUES (
    :kind, :version, :params, :seed, :report, :seconds,
    (SELECT model_id FROM models WHERE is_default = 1)
)
