"""Tables to RDF, and all tables to one dataset."""
