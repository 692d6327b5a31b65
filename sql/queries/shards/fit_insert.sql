INSERT OR REPLACE INTO set_fits (kind, version, params, seed, report, seconds)
VALUES (:kind, :version, :params, :seed, :report, :seconds)
