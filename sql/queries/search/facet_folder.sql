-- Sounds by the folders right below :sqlclap_base, each with all that lies below it; below the
-- sources where that is empty. NULL: sounds that lie in the folder itself.
WITH placed AS (
    SELECT
        s.sample_id,
        CASE
            WHEN :sqlclap_base = '' THEN s.path
            WHEN substr(s.path, 1, length(:sqlclap_base) + 1) = :sqlclap_base || '/'
                THEN substr(s.path, length(:sqlclap_base) + 2)
            WHEN substr(rtrim(src.root, '/') || '/' || s.path, 1, length(:sqlclap_base) + 1)
                = :sqlclap_base || '/'
                THEN substr(rtrim(src.root, '/') || '/' || s.path, length(:sqlclap_base) + 2)
        END AS below
    FROM samples AS s
    JOIN sources AS src USING (source_id)
)
SELECT
    s.sample_id,
    CASE WHEN instr(s.below, '/') > 0
        THEN CASE WHEN :sqlclap_base = '' THEN '' ELSE :sqlclap_base || '/' END
            || substr(s.below, 1, instr(s.below, '/') - 1)
    END AS value
FROM placed AS s;
