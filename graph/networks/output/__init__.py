"""Draws networks as pictures, and writes them to files."""
