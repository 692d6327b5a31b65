SELECT j.key, s.sample_id FROM json_each(?1) AS j CROSS JOIN samples AS s ON s.sample_id = j.value;
