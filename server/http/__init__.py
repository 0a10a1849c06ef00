"""HTTP without a graph: negotiation, problems, documents, entity tags, addresses."""
