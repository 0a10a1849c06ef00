"""Checks on every request before its view, and headers of every response after it."""
