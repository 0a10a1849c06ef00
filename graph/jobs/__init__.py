"""Long work in processes of its own, one sandboxed fork for each job."""
