-- What a row of another program's table holds as sound.
SELECT CASE typeof({blob}) WHEN 'text' THEN 'text' ELSE {blob} END FROM {table} WHERE {key} = ?;
