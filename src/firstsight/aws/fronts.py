"""
What stands before the function in the stack, in two of each: `live` for everyone, `next` for the smoke test. Pure.

| front        | live                                  | next                          |
|--------------|---------------------------------------|-------------------------------|
| rest-api     | stage `prod`                          | stage `next`                  |
| http-api     | stage `$default`                      | stage `next`                  |
| function-url | the URL of alias `live`               | the URL of alias `next`, IAM  |
| CloudFront   | S3 first, then the URL of alias `live` | as for function-url           |
"""

import json
from collections.abc import Mapping
from typing import Any

from firstsight.aws.desired_stack import DesiredStack
from firstsight.aws.names import LIVE, NEXT, shortened
from firstsight.http import SAFE_HEADERS, digest
from firstsight.settings import Front, Topology

Resource = Mapping[str, Any]

#: The stages of an API, by alias.
REST_STAGES = {LIVE: "prod", NEXT: "next"}
HTTP_STAGES = {LIVE: "$default", NEXT: "next"}
#: Seconds for which CloudFront keeps an error whose answer does not say it: mistakes a moment, failures not at all.
ERROR_SECONDS = {400: 10, 403: 10, 404: 10, 405: 10, 414: 10, 500: 0, 502: 0, 503: 0, 504: 0}
#: Seconds for which CloudFront keeps an answer that says nothing of it, and at most.
DEFAULT_SECONDS, MOST_SECONDS = 86_400, 31_536_000
_INVOKE = "lambda:InvokeFunction"
#: The alias that an API's stage names. The variable is API Gateway's, which no Fn::Sub should take for its own.
_TARGET = {
    "Fn::Join": [
        "",
        [
            {"Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"},
            {"Fn::GetAtt": ["Function", "Arn"]},
            ":${stageVariables.alias}/invocations",
        ],
    ]
}


def resources(stack: DesiredStack) -> dict[str, Resource]:
    """Give the resources of the front."""
    if stack.topology is Topology.CDN:
        return {**_function_urls(public=False), **_distribution(stack)}
    return _FRONTS[stack.front](stack)


def outputs(stack: DesiredStack) -> dict[str, Any]:
    """Give what the stack tells of the front: the addresses of `live` and `next`, and the distribution."""
    if stack.front is Front.REST_API:
        host = "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
        return {"Front": {"Fn::Sub": f"{host}/{REST_STAGES[LIVE]}"}, "Next": {"Fn::Sub": f"{host}/{REST_STAGES[NEXT]}"}}
    if stack.front is Front.HTTP_API:
        host = "https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
        return {"Front": {"Fn::Sub": host}, "Next": {"Fn::Sub": f"{host}/{HTTP_STAGES[NEXT]}"}}
    urls = {alias: {"Fn::GetAtt": [logical, "FunctionUrl"]} for alias, logical in ((LIVE, "Url"), (NEXT, "NextUrl"))}
    if stack.topology is not Topology.CDN:
        return {"Front": urls[LIVE], "Next": urls[NEXT]}
    return {
        "Front": {"Fn::Sub": "https://${Distribution.DomainName}"},
        "Next": urls[NEXT],
        "Distribution": {"Ref": "Distribution"},
    }


# REST API.


def _rest_api(stack: DesiredStack) -> dict[str, Resource]:
    api = {"Ref": "Api"}
    method = {
        "RestApiId": api,
        "HttpMethod": "ANY",
        "AuthorizationType": "NONE",
        "Integration": {
            "Type": "AWS_PROXY",
            "IntegrationHttpMethod": "POST",
            "Uri": _TARGET,
        },
    }
    described: dict[str, Resource] = {
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {
                "Name": stack.name,
                "BinaryMediaTypes": ["*/*"],
                "EndpointConfiguration": {"Types": ["REGIONAL"]},
            },
        },
        # the root as well, so that no path within the stage is a "Missing Authentication Token"
        "ApiRootMethod": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {**method, "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]}},
        },
        "ApiPath": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {
                "RestApiId": api,
                "ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
                "PathPart": "{proxy+}",
            },
        },
        "ApiPathMethod": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {**method, "ResourceId": {"Ref": "ApiPath"}},
        },
    }
    # a deployment is a picture of the API: another API, another deployment
    deployment = f"ApiDeployment{digest(json.dumps(described, sort_keys=True))[:8]}"
    return {
        **described,
        deployment: {
            "Type": "AWS::ApiGateway::Deployment",
            "DependsOn": ["ApiRootMethod", "ApiPathMethod"],
            "Properties": {"RestApiId": api},
        },
        **{
            logical: {
                "Type": "AWS::ApiGateway::Stage",
                "Properties": {
                    "RestApiId": api,
                    "DeploymentId": {"Ref": deployment},
                    "StageName": REST_STAGES[alias],
                    "Variables": {"alias": alias},
                },
            }
            for logical, alias in (("ApiLive", LIVE), ("ApiNext", NEXT))
        },
        **_api_permissions("Api"),
    }


def _api_permissions(api: str) -> dict[str, Resource]:
    arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:"
    return {
        f"{api}{logical}Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": _INVOKE,
                "FunctionName": {"Ref": logical},
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": {"Fn::Sub": f"{arn}${{{api}}}/*"},
            },
        }
        for logical in ("Live", "Next")
    }


# HTTP API.


def _http_api(stack: DesiredStack) -> dict[str, Resource]:
    api = {"Ref": "HttpApi"}
    return {
        "HttpApi": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {"Name": stack.name, "ProtocolType": "HTTP"},
        },
        "HttpApiIntegration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "ApiId": api,
                "IntegrationType": "AWS_PROXY",
                "PayloadFormatVersion": "2.0",
                "IntegrationUri": _TARGET,
            },
        },
        "HttpApiRoute": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {
                "ApiId": api,
                "RouteKey": "$default",
                "Target": {"Fn::Sub": "integrations/${HttpApiIntegration}"},
            },
        },
        **{
            logical: {
                "Type": "AWS::ApiGatewayV2::Stage",
                "Properties": {
                    "ApiId": api,
                    "StageName": HTTP_STAGES[alias],
                    "AutoDeploy": True,
                    "StageVariables": {"alias": alias},
                },
            }
            for logical, alias in (("HttpApiLive", LIVE), ("HttpApiNext", NEXT))
        },
        **_api_permissions("HttpApi"),
    }


# Function URLs.


def _function_url(stack: DesiredStack) -> dict[str, Resource]:
    return _function_urls(public=stack.public)


def _function_urls(*, public: bool) -> dict[str, Resource]:
    def url(alias: str, logical: str, auth: str) -> Resource:
        return {
            "Type": "AWS::Lambda::Url",
            "DependsOn": [logical],
            "Properties": {
                "TargetFunctionArn": {"Fn::GetAtt": ["Function", "Arn"]},
                "Qualifier": alias,
                "AuthType": auth,
            },
        }

    found = {"Url": url(LIVE, "Live", "NONE" if public else "AWS_IAM"), "NextUrl": url(NEXT, "Next", "AWS_IAM")}
    return {**found, **_url_permissions("*", "NONE", {})} if public else found


def _url_permissions(principal: str, auth: str, source: Mapping[str, Any]) -> dict[str, Resource]:
    """Grant both that a function URL needs since October 2025 (Lambda developer guide, function URL access)."""
    common = {"FunctionName": {"Ref": "Live"}, "Principal": principal, **source}
    through = {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": auth}
    return {
        "UrlPermission": {"Type": "AWS::Lambda::Permission", "Properties": {**common, **through}},
        "UrlInvokePermission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {**common, "Action": _INVOKE, "InvokedViaFunctionUrl": True},
        },
    }


# CloudFront.


def _distribution(stack: DesiredStack) -> dict[str, Resource]:
    source = {
        "SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}"}
    }
    bucket, prefix = stack.derivatives.bucket, stack.derivatives.prefix.rstrip("/")
    folder = {"OriginPath": f"/{prefix}"} if prefix else {}
    host = {"Fn::Select": [2, {"Fn::Split": ["/", {"Fn::GetAtt": ["Url", "FunctionUrl"]}]}]}
    stored = {
        "Id": "stored",
        "DomainName": {"Fn::Sub": f"{bucket}.s3.${{AWS::Region}}.${{AWS::URLSuffix}}"},
        "S3OriginConfig": {"OriginAccessIdentity": ""},
        "OriginAccessControlId": {"Ref": "StoredAccess"},
        **folder,
    }
    made = {
        "Id": "made",
        "DomainName": host,
        "CustomOriginConfig": {"OriginProtocolPolicy": "https-only", "OriginReadTimeout": min(60, stack.timeout + 1)},
        "OriginAccessControlId": {"Ref": "MadeAccess"},
    }
    group = {
        "Id": "stored-or-made",
        "FailoverCriteria": {"StatusCodes": {"Quantity": 2, "Items": [403, 404]}},
        "Members": {"Quantity": 2, "Items": [{"OriginId": "stored"}, {"OriginId": "made"}]},
    }
    behaviour = {
        "TargetOriginId": "stored-or-made",
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": ["GET", "HEAD"],
        "CachePolicyId": {"Ref": "CachePolicy"},
        "ResponseHeadersPolicyId": {"Ref": "HeadersPolicy"},
        "Compress": False,
        "FunctionAssociations": [
            {"EventType": "viewer-request", "FunctionARN": {"Fn::GetAtt": ["Edge", "FunctionARN"]}}
        ],
    }
    return {
        "Edge": {
            "Type": "AWS::CloudFront::Function",
            "Properties": {
                "Name": {"Fn::Sub": f"{shortened(stack.name, 45)}-${{AWS::Region}}"},
                "AutoPublish": True,
                "FunctionCode": stack.edge,
                "FunctionConfig": {"Comment": "The path becomes the derivative key", "Runtime": "cloudfront-js-2.0"},
            },
        },
        "CachePolicy": {
            "Type": "AWS::CloudFront::CachePolicy",
            "Properties": {
                "CachePolicyConfig": {
                    "Name": {"Fn::Sub": f"{stack.name}-${{AWS::Region}}"},
                    "MinTTL": 0,
                    "DefaultTTL": DEFAULT_SECONDS,
                    "MaxTTL": MOST_SECONDS,
                    "ParametersInCacheKeyAndForwardedToOrigin": {
                        "EnableAcceptEncodingBrotli": False,
                        "EnableAcceptEncodingGzip": False,
                        "CookiesConfig": {"CookieBehavior": "none"},
                        "QueryStringsConfig": {"QueryStringBehavior": "none"},
                        "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": ["Accept", "Firstsight-Path"]},
                    },
                }
            },
        },
        "HeadersPolicy": _headers_policy(stack),
        "StoredAccess": _access(stack, "s3"),
        "MadeAccess": _access(stack, "lambda"),
        "Distribution": {
            "Type": "AWS::CloudFront::Distribution",
            "Properties": {
                "DistributionConfig": {
                    "Comment": stack.name,
                    "Enabled": True,
                    "HttpVersion": "http2and3",
                    "IPV6Enabled": True,
                    "Origins": [stored, made],
                    "OriginGroups": {"Quantity": 1, "Items": [group]},
                    "DefaultCacheBehavior": behaviour,
                    "CustomErrorResponses": [
                        {"ErrorCode": code, "ErrorCachingMinTTL": seconds} for code, seconds in ERROR_SECONDS.items()
                    ],
                }
            },
        },
        **_url_permissions("cloudfront.amazonaws.com", "AWS_IAM", source),
    }


def _headers_policy(stack: DesiredStack) -> Resource:
    """What S3 has stored is served with the headers that the function gives, which S3 does not keep."""
    policy: dict[str, Any] = {
        "Name": {"Fn::Sub": f"{stack.name}-${{AWS::Region}}"},
        "SecurityHeadersConfig": {
            "ContentTypeOptions": {"Override": True},
            "ContentSecurityPolicy": {
                "Override": True,
                "ContentSecurityPolicy": SAFE_HEADERS["Content-Security-Policy"],
            },
        },
    }
    if stack.cors:
        policy["CorsConfig"] = {
            "AccessControlAllowCredentials": False,
            "AccessControlAllowHeaders": {"Items": ["*"]},
            "AccessControlAllowMethods": {"Items": ["GET", "HEAD"]},
            "AccessControlAllowOrigins": {"Items": [stack.cors]},
            "OriginOverride": True,
        }
    return {
        "Type": "AWS::CloudFront::ResponseHeadersPolicy",
        "Properties": {"ResponseHeadersPolicyConfig": policy},
    }


def _access(stack: DesiredStack, kind: str) -> Resource:
    return {
        "Type": "AWS::CloudFront::OriginAccessControl",
        "Properties": {
            "OriginAccessControlConfig": {
                "Name": {"Fn::Sub": f"{shortened(stack.name, 40)}-{kind}-${{AWS::Region}}"},
                "OriginAccessControlOriginType": kind,
                "SigningBehavior": "always",
                "SigningProtocol": "sigv4",
            }
        },
    }


_FRONTS = {Front.REST_API: _rest_api, Front.HTTP_API: _http_api, Front.FUNCTION_URL: _function_url}
