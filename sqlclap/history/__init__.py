"""What was done to a library in this process, change by change, and undoing it."""
