"""What makes the documentation's site."""
