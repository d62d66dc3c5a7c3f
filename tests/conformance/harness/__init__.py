"""What every conformance run needs: a gateway with a fresh database, the vendor's packages, and counting."""
