"""A CloudFront distribution and what it answers where no object is asked for."""

from __future__ import annotations

from tests.laws.cases import AlreadyCompliant, Bad, Refusal
from tests.laws.cases.distributions import SERVER, changed, distribution, fixed, read_back

__all__ = ["CASES", "read_back"]

CASES = (
    Bad(
        name="whatever the bucket answers",
        create=distribution(),
        fixed=fixed(root="index.html"),
        disturb=changed(Comment="somebody else's", DefaultRootObject=""),
    ),
    Bad(
        name="whatever the bucket answers, and another object is asked for",
        create=distribution(),
        options={"object": "home.html"},
        fixed=fixed(root="home.html"),
        disturb=changed(Comment="somebody else's", DefaultRootObject=""),
    ),
    AlreadyCompliant(name="an object", create=distribution(DefaultRootObject="start.html")),
    Refusal(name="whatever a server answers", create=distribution(origin=SERVER), because="is not an S3 bucket"),
)
