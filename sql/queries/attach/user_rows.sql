-- The rows of another program's table; the braces stand for quoted names. Texts come as their bytes,
-- which need not be what they should be.
SELECT
    typeof({key}),
    CASE typeof({key}) WHEN 'text' THEN CAST({key} AS BLOB) ELSE {key} END,
    typeof({place}),
    CAST({place} AS BLOB),
    CASE WHEN typeof({start}) IN ('text', 'blob') THEN 'none' ELSE {start} END,
    CASE WHEN typeof({end}) IN ('text', 'blob') THEN 'none' ELSE {end} END
FROM {table};
