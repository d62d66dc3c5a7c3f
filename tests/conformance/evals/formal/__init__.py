"""What the formal metrics are compared on, and the references they are compared with."""
