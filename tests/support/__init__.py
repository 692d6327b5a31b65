"""What several test folders build their scenes with."""
