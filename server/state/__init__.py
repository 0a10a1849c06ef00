"""What one running application holds: context, caches, jobs, status, and who may do what."""
