"""The platform account: one thin stack, one construct per capability."""
