"""Text metrics: what they are asked, and what independent implementations say."""
