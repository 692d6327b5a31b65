-- Sounds that are nearly the same: the same length and brightness within a hair, and a cosine
-- similarity of at least :least (0.98, say). It looks at 100,000 sounds and compares 1,000 pairs at
-- most, to stay within Datasette's second; `sqlclap duplicates` compares all with all. The kind of
-- a pair and which one to keep are as there: other levels and lengths are sounds of their own.
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
    SELECT min(a.sample_id, b.sample_id) AS one, max(a.sample_id, b.sample_id) AS two
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
),
judged AS (
    SELECT
        s.sample_id, s.path, s.content_hash, s.format, s.sample_rate, s.channels, s.duration_s,
        s.peak_db, s.rms_db, s.heard_share,
        EXISTS (
            SELECT 1 FROM labels AS l
            CROSS JOIN anchors AS a ON a.label_id = l.label_id AND a.sample_id = s.sample_id
        )
            OR EXISTS (SELECT 1 FROM votes AS o WHERE o.sample_id = s.sample_id)
            OR EXISTS (SELECT 1 FROM tags AS t WHERE t.sample_id = s.sample_id) AS marks,
        s.format GLOB '*/PCM*' OR s.format GLOB '*/FLOAT*' OR s.format GLOB '*/DOUBLE*'
            OR s.format GLOB '*/ALAC*' OR s.format GLOB '*/FLAC*' AS lossless,
        CASE
            WHEN s.format GLOB '*64' OR s.format GLOB '*DOUBLE' THEN 64
            WHEN s.format GLOB '*32' OR s.format GLOB '*FLOAT' THEN 32
            WHEN s.format GLOB '*24' THEN 24
            WHEN s.format GLOB '*20' THEN 20
            WHEN s.format GLOB '*16' THEN 16
            WHEN s.format GLOB '*8' THEN 8
            ELSE 0
        END AS bits
    FROM samples AS s
    WHERE s.sample_id IN (SELECT one FROM scored UNION SELECT two FROM scored)
),
compared AS (
    SELECT
        a.sample_id, a.path, b.sample_id AS other_id, b.path AS other, scored.score,
        CASE
            WHEN a.content_hash = b.content_hash AND a.content_hash <> '' THEN 'copy'
            WHEN min(abs(a.peak_db - b.peak_db), abs(a.rms_db - b.rms_db)) > 1.0 THEN 'level'
            WHEN abs(a.duration_s - b.duration_s)
                > max(0.06, 0.02 * max(a.duration_s, b.duration_s)) THEN 'length'
            WHEN abs(a.rms_db - b.rms_db) > 1.0 THEN 'level'
            WHEN a.format IS b.format AND a.sample_rate IS b.sample_rate
                AND a.channels IS b.channels THEN 'near'
            ELSE 'format'
        END AS kind,
        round(b.rms_db - a.rms_db, 1) AS level_diff_db,
        round(b.duration_s - a.duration_s, 3) AS length_diff_s,
        a.format, b.format AS other_format, a.heard_share, b.heard_share AS other_heard_share,
        (b.marks, b.lossless, b.lossless * b.bits, b.sample_rate, round(b.duration_s, 3))
            > (a.marks, a.lossless, a.lossless * a.bits, a.sample_rate, round(a.duration_s, 3))
            AS other_is_better
    FROM scored
    CROSS JOIN judged AS a ON a.sample_id = scored.one
    CROSS JOIN judged AS b ON b.sample_id = scored.two
    WHERE scored.score >= coalesce(nullif(cast(:least AS REAL), 0), 0.98)
)
SELECT
    sample_id, path, other_id, other, score, kind,
    CASE
        WHEN kind IN ('level', 'length') THEN 'both'
        WHEN other_is_better THEN other_id
        ELSE sample_id
    END AS keep,
    level_diff_db, length_diff_s, format, other_format,
    heard_share, other_heard_share
FROM compared
ORDER BY score DESC, sample_id
