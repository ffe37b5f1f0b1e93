"""Facts come in: informers watch, projections write what was observed, the prober asks each pod.

Reading an object is pure (object in, facts out). What rows say is a function of the facts of all the
objects concerned, each as last seen, so that the order in which they came never matters.
"""
