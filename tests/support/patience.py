"""How long a test waits for what is sure to come: a guard against hanging, never a limit."""

PATIENCE_S = 1_800.0
