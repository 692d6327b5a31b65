-- How many rows of another program's table have a key, and how many different ones there are.
SELECT count({key}), count(DISTINCT {key}) FROM {table};
