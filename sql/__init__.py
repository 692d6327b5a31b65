"""The database's face: migrations, views and named queries as plain SQL files."""
