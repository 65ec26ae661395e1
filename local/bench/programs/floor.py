"""The floor: the same S3 fix as a bare boto3 script would make it, with what any script would keep for the next one.

It assumes a role once and keeps the session, reads the bucket, writes, reads it back, and stores one row. Its arguments
are a table, a role, and a region. Each line of standard input is a bucket's name; each answer is one line of JSON.
"""

import json
import sys
import time

BEGAN = time.process_time_ns()

import boto3  # noqa: E402  what it costs to import is part of what is measured
from botocore.exceptions import ClientError  # noqa: E402

WANTED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


class Floor:
    def __init__(self, table: str, role: str, region: str) -> None:
        key = boto3.client("sts", region_name=region).assume_role(RoleArn=role, RoleSessionName="floor")["Credentials"]
        self._table = table
        self._dynamodb = boto3.client("dynamodb", region_name=region)
        self._s3 = boto3.client(
            "s3",
            region_name=region,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            aws_session_token=key["SessionToken"],
        )

    def fix(self, bucket: str) -> None:
        before = self._read(bucket)
        self._s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={**(before or {}), **WANTED})
        after = self._read(bucket)
        if after != WANTED:
            raise SystemExit(f"{bucket} is not as it should be: {after}")
        evidence = json.dumps({"before": before, "after": after})
        row = {"correlation_id": bucket, "outcome": "REMEDIATE", "evidence": evidence}
        self._dynamodb.put_item(TableName=self._table, Item={name: {"S": value} for name, value in row.items()})

    def _read(self, bucket: str) -> dict[str, bool] | None:
        try:
            answer = self._s3.get_public_access_block(Bucket=bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
                raise
            return None
        return dict(answer["PublicAccessBlockConfiguration"])


def main() -> None:
    def answer(before: int) -> None:
        print(json.dumps({"cpu_ns": time.process_time_ns() - before}), flush=True)

    floor = Floor(*sys.argv[1:])
    answer(BEGAN)
    for line in sys.stdin:
        before = time.process_time_ns()
        floor.fix(line.strip())
        answer(before)


main()
