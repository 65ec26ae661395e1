"""Fixes of Amazon OpenSearch Service. Its resource types are those of ``es``, as its ARNs say."""
