"""How the application runs: waitress, its connections, signals, reload."""
