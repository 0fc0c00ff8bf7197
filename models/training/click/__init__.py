"""The click cut-out: what it is asked, its network, training and figures."""
