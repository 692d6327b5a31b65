:sqlclap_favourite AND sample_id IN (SELECT f.sample_id FROM favourites AS f)
