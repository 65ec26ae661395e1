"""Remove statements that allow everybody from the access policy of an OpenSearch domain.

What it does
------------
Removes every ``Allow`` to ``*`` without a condition that limits who can access from the domain's access policy; other
principals that such a statement names keep access. The other statements are not changed. If none is left, the policy is
emptied: then only principals whose own policies allow it have access.

It refuses

* a domain in a VPC: only its security groups allow access from the network;
* one with fine-grained access control, for which AWS itself recommends an open policy: its own users and roles decide;
* a policy with a statement that allows nearly everybody and was meant to be limited;
* a domain that is isolated or is being deleted.

Why it matters
--------------
The endpoint is on the internet. With such a policy, everybody can read, change and delete all data of the domain.

What can break
--------------
Clients that do not sign their requests are denied, and so are principals without a policy of their own that allows it.

Undo
----
Restores the former policy.

References
----------
* Access policies: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html
* UpdateDomainConfig:
  https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_UpdateDomainConfig.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.es import ACTIVE, DOMAIN, domain, update_domain
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.kinds.policies import POLICY, CloseToEverybody

FIX = CloseToEverybody(
    of=DOMAIN,
    id="opensearch-policy-not-public",
    title="Remove statements that allow everybody from the access policy of an OpenSearch domain",
    disruption=Disruption.DATA_PATH,
    hazard="Clients that do not sign their requests are denied.",
    reads=(
        domain(
            policy="AccessPolicies || `null`",
            vpc="VPCOptions.VPCId",
            fine_grained="AdvancedSecurityOptions.Enabled || `false`",
            or_none=("policy", "vpc"),
        ),
    ),
    guards=(
        Guard(holds=one_of("vpc", None), because="${subject} is in the VPC ${vpc}: it is accessible only from there."),
        Guard(
            holds=one_of("fine_grained", False),
            because="${subject} has fine-grained access control, which allows an open policy: a person must review it.",
        ),
        ACTIVE,
    ),
    put=update_domain(AccessPolicies=Value(POLICY)),
    delete=update_domain(AccessPolicies=""),
    # https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html
    limit_bytes=102400,
    template={
        TemplateTool.CLOUDFORMATION: "remove every Allow to everybody from AccessPolicies of "
        "AWS::OpenSearchService::Domain",
        TemplateTool.CDK: "remove every statement with AnyPrincipal from accessPolicies of Domain",
        TemplateTool.TERRAFORM: "remove every Allow to everybody from access_policies of aws_opensearch_domain or "
        "aws_opensearch_domain_policy",
    },
)
