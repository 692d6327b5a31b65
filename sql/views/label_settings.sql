-- What scores a label under each model: set by hand, else calibrated, else the model's default.
-- The score is the mean of the best `top_k` positive anchors; "max" is the mean of one. `depth` is
-- its former name.
SELECT
    l.label_id, m.model_id, l.name,
    CASE l.aggregation
        WHEN 'max' THEN 1
        ELSE coalesce(l.top_k, c.top_k, json_extract(m.contract, '$.scoring.top_k'), 3)
    END AS depth,
    coalesce(l.threshold, c.threshold, json_extract(m.contract, '$.scoring.threshold'), 0.75)
        AS threshold,
    coalesce(l.gap, c.gap, json_extract(m.contract, '$.scoring.gap'), 0.1) AS gap,
    CASE
        WHEN l.threshold IS NOT NULL THEN 'hand'
        WHEN c.calibration_id IS NOT NULL THEN 'calibrated'
        ELSE 'default'
    END AS threshold_from,
    c.calibration_id,
    CASE l.aggregation
        WHEN 'max' THEN 1
        ELSE coalesce(l.top_k, c.top_k, json_extract(m.contract, '$.scoring.top_k'), 3)
    END AS top_k,
    l.aggregation
FROM labels AS l
CROSS JOIN models AS m
LEFT JOIN calibrations AS c
    ON c.label_id = l.label_id AND c.model_id = m.model_id AND c.in_force = 1
