"""Fixes of Amazon EFS. Its resource types are those of ``elasticfilesystem``, as its ARNs say."""
