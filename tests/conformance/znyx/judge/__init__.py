"""What the scripts that judge by the vendor's own code have in common."""
import sys
from pathlib import Path

# What all conformance runs share.
sys.path.append(str(Path(__file__).resolve().parents[2]))
