"""What the scripts that judge a gateway by the vendors' own clients have in common."""
