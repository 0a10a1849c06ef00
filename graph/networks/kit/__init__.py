"""What an analyst asks of a network, as methods of a networkx graph."""
