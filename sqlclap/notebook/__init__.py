"""Results as notebooks want them: tables to read and to listen to, data frames."""
