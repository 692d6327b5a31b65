-- JSON columns that hold no JSON of their kind, or lack what a refit needs: table, column, id.
WITH documents AS (
    SELECT 'models' AS "table", 'contract' AS "column", model_id AS id, contract AS text,
        'object' AS kind FROM models
    UNION ALL SELECT 'reviews', 'draws', review_id, draws, 'array' FROM reviews
    UNION ALL SELECT 'tag_runs', 'params', run_id, params, 'object' FROM tag_runs
    UNION ALL SELECT 'calibrations', 'report', calibration_id, report, 'object' FROM calibrations
    UNION ALL SELECT 'calibrations', 'replaced', calibration_id, replaced, 'object'
        FROM calibrations WHERE replaced IS NOT NULL
    UNION ALL SELECT 'layouts', 'params', layout_id, params, 'object' FROM layouts
    UNION ALL SELECT 'layouts', 'quality', layout_id, quality, 'object' FROM layouts
    UNION ALL SELECT 'clusterings', 'params', clustering_id, params, 'object' FROM clusterings
)
SELECT "table", "column", id
FROM documents
WHERE iif(json_valid(text), json_type(text), '') <> kind
    OR iif(
        "column" = 'params' AND "table" IN ('layouts', 'clusterings') AND json_valid(text),
        json_type(text, '$.neighbors') IS NULL,
        0
    );
