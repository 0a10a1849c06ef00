"""The words of HTTP: negotiation, problems, documents, entity tags, addresses."""
