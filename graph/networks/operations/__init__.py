"""Operations on networks, the same for HTTP, pages and the command line."""
