"""The local AWS: an emulator with IAM enforced, and the unmodified stacks deployed to it in two accounts."""
