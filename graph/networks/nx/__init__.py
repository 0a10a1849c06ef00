"""Connects to networkx: our networks as its graphs, and its dispatch to our functions."""
