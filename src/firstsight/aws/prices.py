"""
What AWS asks for, as a table with dates: list prices of us-east-1 in US dollars, remembered and not looked up.

Other regions cost up to half as much again, and large accounts have prices of their own. Free tiers are left out.
"""

import math
from dataclasses import dataclass

from firstsight.settings import Front

#: The month of the price lists, as rows have it that say no other.
DATE = "2025-06"


@dataclass(frozen=True, slots=True)
class Price:
    """
    One line of a price list.

    `steps` are amounts in a month, each with the dollars that a unit costs up to it; the last has no end. `page` is the
    title of AWS's page that has it.
    """

    what: str
    unit: str
    page: str
    steps: tuple[tuple[float, float], ...]
    date: str = DATE

    def of(self, amount: float) -> float:
        """Give the dollars for an amount of a month, each part of it by its own step."""
        total, below = 0.0, 0.0
        for upto, dollars in self.steps:
            total += (min(amount, upto) - below) * dollars
            if amount <= upto:
                break
            below = upto
        return total


def _flat(dollars: float) -> tuple[tuple[float, float], ...]:
    return ((math.inf, dollars),)


_LAMBDA, _API, _S3 = "AWS Lambda Pricing", "Amazon API Gateway Pricing", "Amazon S3 Pricing"
_CLOUDFRONT, _CLOUDWATCH = "Amazon CloudFront Pricing", "Amazon CloudWatch Pricing"
_STEPS = "AWS Step Functions Pricing"
_FARGATE, _BALANCER = "AWS Fargate Pricing", "Elastic Load Balancing Pricing"
#: GB of a TB, as price lists count them.
_TB = 1024

PRICES: dict[str, Price] = {
    "lambda-arm64": Price(
        "Lambda on arm64, memory over time",
        "GB-second",
        _LAMBDA,
        ((7.5e9, 0.0000133334), (18.75e9, 0.0000120001), (math.inf, 0.0000106667)),
    ),
    "lambda-x86_64": Price(
        "Lambda on x86_64, memory over time",
        "GB-second",
        _LAMBDA,
        ((6e9, 0.0000166667), (15e9, 0.000015), (math.inf, 0.0000133334)),
    ),
    "lambda-requests": Price("Lambda, requests", "million", _LAMBDA, _flat(0.20)),
    "rest-api": Price(
        "API Gateway, REST API", "million", _API, ((333, 3.50), (1_000, 2.80), (20_000, 2.38), (math.inf, 1.51))
    ),
    "http-api": Price("API Gateway, HTTP API", "million", _API, ((300, 1.00), (math.inf, 0.90))),
    "s3-puts": Price("S3, puts and lists", "thousand", _S3, _flat(0.005)),
    "s3-gets": Price("S3, gets", "thousand", _S3, _flat(0.0004)),
    "s3-storage": Price(
        "S3, standard storage", "GB-month", _S3, ((50 * _TB, 0.023), (500 * _TB, 0.022), (math.inf, 0.021))
    ),
    "transfer": Price(
        "Transfer from S3 or Lambda to the internet",
        "GB",
        _S3,
        ((10 * _TB, 0.09), (50 * _TB, 0.085), (150 * _TB, 0.07), (math.inf, 0.05)),
    ),
    "cdn-requests": Price("CloudFront, HTTPS requests", "million", _CLOUDFRONT, _flat(1.00)),
    "cdn-edge": Price("CloudFront, functions at the edge", "million", _CLOUDFRONT, _flat(0.10)),
    "cdn-transfer": Price(
        "CloudFront, transfer to the internet",
        "GB",
        _CLOUDFRONT,
        (
            (10 * _TB, 0.085),
            (50 * _TB, 0.080),
            (150 * _TB, 0.060),
            (500 * _TB, 0.040),
            (1_024 * _TB, 0.030),
            (5 * 1_024 * _TB, 0.025),
            (math.inf, 0.020),
        ),
    ),
    "logs": Price(
        "CloudWatch, logs taken in",
        "GB",
        _CLOUDWATCH,
        ((10 * _TB, 0.50), (30 * _TB, 0.25), (50 * _TB, 0.10), (math.inf, 0.05)),
        "2025-05",
    ),
    "workflow-steps": Price("Step Functions, state transitions", "thousand", _STEPS, _flat(0.025)),
    "workflow-batches": Price("Step Functions, express workflows", "million", _STEPS, _flat(1.00)),
    "workflow-time": Price(
        "Step Functions, express workflows, memory over time",
        "GB-hour",
        _STEPS,
        ((1_000, 0.0600), (5_000, 0.0300), (math.inf, 0.01642)),
    ),
    "alarm": Price("CloudWatch, an alarm", "month", _CLOUDWATCH, _flat(0.10)),
    "dashboard": Price("CloudWatch, a dashboard", "month", _CLOUDWATCH, _flat(3.00)),
    "fargate-arm64-cpu": Price("Fargate on arm64, processors", "vCPU-hour", _FARGATE, _flat(0.03238)),
    "fargate-arm64-memory": Price("Fargate on arm64, memory", "GB-hour", _FARGATE, _flat(0.00356)),
    "fargate-x86_64-cpu": Price("Fargate on x86_64, processors", "vCPU-hour", _FARGATE, _flat(0.04048)),
    "fargate-x86_64-memory": Price("Fargate on x86_64, memory", "GB-hour", _FARGATE, _flat(0.004445)),
    "balancer": Price("Application Load Balancer", "hour", _BALANCER, _flat(0.0225)),
    "balancer-capacity": Price("Application Load Balancer, capacity", "LCU-hour", _BALANCER, _flat(0.008)),
}

#: What stands before the function, and its row; a function URL costs nothing by itself.
FRONTS: dict[Front, str] = {Front.REST_API: "rest-api", Front.HTTP_API: "http-api"}
