"""Groups, roles, prediction, comparison, and how sure a rank is."""
