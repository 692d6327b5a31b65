-- The steps of a path between two sounds: ?1 its ends, ?2 how many, ?3 the options.
SELECT m.value ->> 'rank' AS rank, m.value ->> 'score' AS score, s.*
FROM json_each(clap_between_json(?1, ?2, ?3)) AS m
JOIN samples AS s ON s.sample_id = m.value ->> 'sample_id'
ORDER BY rank;
