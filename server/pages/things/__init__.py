"""Pages of one thing, such as a mission or an organisation, and pages to compare and cite."""
