"""Interfaces for programs: SPARQL, graph store, networks, linked data, dataset, health, metrics,
OpenAPI.
"""
