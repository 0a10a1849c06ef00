"""The query library: competency questions as SPARQL files, and the networks to draw."""
