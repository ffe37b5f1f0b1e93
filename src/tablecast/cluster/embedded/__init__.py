"""A Kubernetes on one's own machine, in small parts that speak only the port.

`store` keeps objects, `workflows` plays Argo, `inference` and `trained_models` play KServe,
`deployments` and `kubelet` run Pods as local processes, `network` reaches them over loopback;
`cluster` puts them together. A laptop's power cut is no node failure here: after a restart
everything goes on. This module imports nothing, so that the agent and the keeper start fast.
"""
