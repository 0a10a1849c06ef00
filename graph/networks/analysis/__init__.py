"""Analyses networks: communities, roles, prediction, null models, robustness of ranks."""
