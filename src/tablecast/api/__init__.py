"""People's side: the GraphQL schema, uploads and downloads, the explorer.

It speaks with the domain and with the clients it is given; it never touches the cluster.
"""
