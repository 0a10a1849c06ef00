"""Queries and writes in worker processes, held to limits of time and memory."""
