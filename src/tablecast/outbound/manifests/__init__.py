"""Manifests: a row's numbers in, the objects that a cluster shall have out.

Pure: no client, no clock, no reading of rows. What a controller of Argo or KServe would surely refuse
or silently mistake is decided here, with the reason beside it.
"""
