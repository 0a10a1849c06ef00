"""The ontology, vocabularies, shapes, alignments and examples: data only."""
