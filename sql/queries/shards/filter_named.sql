-- Sounds of certain names, whose list is a parameter: wherever their sources' borders lie.
sample_id IN (
    SELECT named.sample_id
    FROM json_each(:sqlclap_named) AS j
    CROSS JOIN sources AS src
    JOIN samples AS named
        ON named.source_id = src.source_id
        AND named.path = substr(j.value, length(rtrim(src.root, '/')) + 2)
    WHERE j.value = rtrim(src.root, '/') || '/' || named.path
)
