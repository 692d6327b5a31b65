-- What the library's sounds measure, by the columns that words are about; NULL where one is undefined.
SELECT s.sample_id, {columns}
FROM samples AS s
ORDER BY s.sample_id
