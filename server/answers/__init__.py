"""Runs queries for requests: answers, library queries, result pages, removed things."""
