"""State of a running application: context, caches, jobs, status of the store, access."""
