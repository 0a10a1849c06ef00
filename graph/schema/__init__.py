"""The ontology as code sees it: terms, documents, linter, versions, formatter."""
