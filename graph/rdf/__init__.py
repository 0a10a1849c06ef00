"""RDF in memory and in files: store, changes, formats, and terms of Oxigraph and rdflib."""
