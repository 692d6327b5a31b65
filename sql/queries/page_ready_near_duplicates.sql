-- Sounds that are nearly the same: the same length and brightness within a hair, and a cosine
-- similarity of at least :least (0.98, say). It looks at 100,000 sounds and compares 1,000 pairs at
-- most, to stay within Datasette's second; `sqlclap duplicates` compares all with all.
WITH measured AS (
    SELECT sample_id, duration_s, spectral_centroid_hz AS centroid, flatness
    FROM samples
    WHERE status = 'ok' AND spectral_centroid_hz IS NOT NULL
    LIMIT 100000
),
ordered AS (
    SELECT *, row_number() OVER (ORDER BY round(duration_s, 1), centroid, sample_id) AS place
    FROM measured
),
alike AS (
    SELECT a.sample_id AS one, b.sample_id AS two
    FROM (SELECT 1 AS step UNION ALL SELECT 2 UNION ALL SELECT 3) AS steps
    CROSS JOIN ordered AS a
    CROSS JOIN ordered AS b ON b.place = a.place + steps.step
    WHERE abs(a.duration_s - b.duration_s) <= 0.02
        AND b.centroid - a.centroid <= 0.005 * a.centroid
        AND abs(b.flatness - a.flatness) <= 0.02
    LIMIT 1000
),
scored AS (
    SELECT one, two, clap_similarity(clap_vector(one), clap_vector(two)) AS score FROM alike
)
SELECT a.sample_id, a.path, b.sample_id AS other_id, b.path AS other, scored.score
FROM scored
CROSS JOIN samples AS a ON a.sample_id = scored.one
CROSS JOIN samples AS b ON b.sample_id = scored.two
WHERE scored.score >= coalesce(nullif(cast(:least AS REAL), 0), 0.98)
ORDER BY scored.score DESC, a.sample_id
