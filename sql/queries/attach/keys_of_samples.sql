-- Which rows of attached tables name samples; ?1 is a JSON array of sample ids. Of each the key of its
-- first row, and how many further ones there are; samples that no row names are left out.
SELECT sample_id, key, rows - 1
FROM (
    SELECT
        s.sample_id, r.key,
        row_number() OVER (PARTITION BY s.sample_id ORDER BY r.attachment_id, r.key) AS place,
        count(*) OVER (PARTITION BY s.sample_id) AS rows
    FROM json_each(?1) AS wanted
    CROSS JOIN samples AS s ON s.sample_id = wanted.value
    CROSS JOIN attached_rows AS r ON r.source_id = s.source_id AND r.path = s.path
)
WHERE place = 1;
