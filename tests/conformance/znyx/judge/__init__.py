"""What the scripts that judge by the vendor's own code have in common."""
