"""Describes the structure of whole networks: figures, cores, positions, nestedness, rich clubs."""
