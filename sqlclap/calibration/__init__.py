"""Thresholds, gaps and depths from votes, with bounds; reports and history."""
