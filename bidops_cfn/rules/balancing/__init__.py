"""House rules about the load balancer."""
