-- Whether a database is a library: 1 or 0, for our application_id.
-- Reloading a dump loses the file's application_id; the record of migrations stays.
SELECT
    (SELECT application_id FROM pragma_application_id) IN (0, ?)
    AND EXISTS (SELECT 1 FROM pragma_table_info('sqlclap_migrations') WHERE name = 'name');
