-- Tables and views that people may read, with their columns: not what virtual tables are made of.
SELECT t.name AS name, group_concat(c.name, ', ') AS columns
FROM pragma_table_list AS t
JOIN pragma_table_info(t.name, t.schema) AS c
WHERE t.schema = 'main' AND t.type IN ('table', 'view', 'virtual') AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\'
GROUP BY t.name
ORDER BY t.name
