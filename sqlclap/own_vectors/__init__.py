"""Vectors that others made: taken into a library under a declared model, and given out of one."""
