-- How many of the sounds :sqlclap_among (NULL: of all) have each value of a facet, whose values by
-- sound are what {valued} stands for.
WITH valued AS (
{valued}
)
SELECT v.value, count(*) AS sounds
FROM valued AS v
WHERE :sqlclap_among IS NULL OR v.sample_id IN (SELECT a.value FROM json_each(:sqlclap_among) AS a)
GROUP BY 1
ORDER BY sounds DESC, value;
