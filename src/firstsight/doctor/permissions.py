"""The permission that each question to AWS needs, by the operation's name in the API."""

import re

#: Those whose permission is not service:Operation (Service Authorization Reference).
_NAMED = {
    "HeadBucket": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "HeadObject": "s3:GetObject",
    "GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock (of the account: s3:GetAccountPublicAccessBlock)",
    "GetResources": "apigateway:GET",
    "GetRestApi": "apigateway:GET",
    "GetDeployment": "apigateway:GET",
    "GetStages": "apigateway:GET",
    "GetRoutes": "apigateway:GET",
    "GetIntegrations": "apigateway:GET",
    "GetPolicy": "lambda:GetPolicy",
    "GetKeyPolicy": "kms:GetKeyPolicy",
    "DescribeKey": "kms:DescribeKey",
    "GetCachePolicy": "cloudfront:GetCachePolicy",
    "GetDistribution": "cloudfront:GetDistribution",
    "SimulatePrincipalPolicy": "iam:SimulatePrincipalPolicy",
    "GetCallerIdentity": "sts:GetCallerIdentity",
}
#: The service of all others, by how their names begin.
_SERVICES = (
    (re.compile(r"GetBucket|GetObject|ListBuckets"), "s3"),
    (re.compile(r"GetFunction|GetAlias|GetPolicy|ListVersions"), "lambda"),
    (re.compile(r"DescribeStack|GetTemplate|DetectStack"), "cloudformation"),
    (re.compile(r"DescribeLog|GetLog|FilterLog"), "logs"),
    (re.compile(r"DescribeVpc|DescribeNat"), "ec2"),
)
#: What AWS calls the refusal of a question that is not permitted.
_DENIED = re.compile(r"AccessDenied|Forbidden|Unauthorized|NotAuthorized|: 403$")


def missing(unknown: str) -> str:
    """Give the permission that would have answered, or nothing where permission is not what was missing."""
    operation, _, code = unknown.partition(": ")
    if not _DENIED.search(f": {code}"):
        return ""
    if operation in _NAMED:
        return _NAMED[operation]
    service = next((service for begins, service in _SERVICES if begins.match(operation)), "")
    return f"{service}:{operation}" if service else operation
