"""The SQL functions: one table of specs, one adapter a driver."""
