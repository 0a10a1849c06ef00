"""Interfaces for programs: SPARQL, graph store, networks, linked data, health, OpenAPI and more."""
