"""What each port promises, held against the one in memory and the one over AWS."""
