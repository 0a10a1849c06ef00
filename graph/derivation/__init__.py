"""Rules, which derive statements from others: in a build, and after each write."""
