"""The engine asked for a request: answers, library queries, result pages, what is gone."""
