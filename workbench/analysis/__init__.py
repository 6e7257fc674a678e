"""Facts about traffic: what is in a capture, who talks to whom, how fast answers come, what is odd. Values in, values out."""
