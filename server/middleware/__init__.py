"""What happens to every request before its view, and to every answer after it."""
