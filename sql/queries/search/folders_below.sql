-- The folders right below :below (empty, or ended by a slash; :beyond is what sorts behind all that
-- lies in it), with how many samples lie in each, and whether there are folders in it.
SELECT
    substr(rest, 1, instr(rest, '/') - 1) AS name,
    count(*) AS samples,
    max(instr(substr(rest, instr(rest, '/') + 1), '/') > 0) AS has_folders
FROM (
    SELECT substr(path, length(:below) + 1) AS rest
    FROM samples
    WHERE source_id IN (SELECT source_id FROM sources)
        AND path >= :below
        AND (:beyond = '' OR path < :beyond)
)
WHERE instr(rest, '/') > 0
GROUP BY 1
ORDER BY 1 COLLATE NOCASE, 1;
