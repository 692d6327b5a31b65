-- What moments a composed query puts first: ?1 the query, ?2 how many, ?3 the options.
SELECT m.value ->> 'rank' AS rank, m.value ->> 'score' AS score,
    m.value ->> 'start_s' AS start_s, m.value ->> 'end_s' AS end_s, s.*
FROM json_each(clap_query_moments_json(?1, ?2, ?3)) AS m
JOIN samples AS s ON s.sample_id = m.value ->> 'sample_id'
ORDER BY rank;
