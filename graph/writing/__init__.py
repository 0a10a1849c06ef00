"""What a write is, does and leaves: request, update, attempt, journal, directory."""
