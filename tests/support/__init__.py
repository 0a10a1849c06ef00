"""What helps tests: servers, browsers, peers, random graphs, odd values."""
