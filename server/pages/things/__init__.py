"""Pages of one thing: mission, organisation, any other; what is beside them and how to cite
them.
"""
