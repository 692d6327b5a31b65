-- The categories and subcategories that samples are said to be of.
SELECT value, sum(samples) AS samples
FROM (
    SELECT category AS value, count(*) AS samples
    FROM sound_descriptions
    WHERE category IS NOT NULL
    GROUP BY 1
    UNION ALL
    SELECT subcategory, count(*)
    FROM sound_descriptions
    WHERE subcategory IS NOT NULL AND subcategory IS NOT category
    GROUP BY 1
)
GROUP BY 1 COLLATE NOCASE
ORDER BY 1 COLLATE NOCASE;
