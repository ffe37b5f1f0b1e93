"""The cluster, behind one port: a real Kubernetes, or the embedded one on this machine.

Objects are plain dicts as the Kubernetes API has them. Nothing above this room knows which of the
two answers.
"""
