"""Clients that have no sqlclap."""
