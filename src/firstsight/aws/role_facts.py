"""What IAM says the function's role may do, asked for each action on each place."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from firstsight.aws.facts import Fact
from firstsight.aws.names import Place, partition

if TYPE_CHECKING:
    from firstsight.aws.cloud import Cloud

#: A key that stands for all below a prefix.
PROBE = "firstsight-doctor.jpg"


@dataclass(frozen=True, slots=True)
class Question:
    """Whether the role may do something to a resource; `prefix` is what is listed, where that is asked."""

    action: str
    resource: str
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What IAM's simulation says: allowed, implicitDeny (nothing allows it) or explicitDeny (it is forbidden)."""

    question: Question
    decision: str

    def __str__(self) -> str:
        """Say it in a line."""
        listed = "" if self.question.prefix is None else f" (prefix '{self.question.prefix}')"
        return f"{self.question.action} on {self.question.resource}{listed}: {self.decision}"


def questions(region: str, account: str, name: str, places: tuple[Place, Place], keys: Iterable[str]) -> list[Question]:
    """Give all that a function of this name has to be allowed. Pure."""
    sources, derivatives = places
    word = partition(region).name
    found = [Question("s3:GetObject", f"arn:{word}:s3:::{sources.bucket}/{sources.prefix}{PROBE}")]
    kept = f"arn:{word}:s3:::{derivatives.bucket}/{derivatives.prefix}{PROBE}"
    found += [Question(action, kept) for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")]
    for place in dict.fromkeys(places):
        found.append(Question("s3:ListBucket", f"arn:{word}:s3:::{place.bucket}", place.prefix))
    stream = f"arn:{word}:logs:{region}:{account}:log-group:/aws/lambda/{name}:log-stream:any"
    found += [Question(action, stream) for action in ("logs:CreateLogStream", "logs:PutLogEvents")]
    found += [Question(action, key) for key in keys for action in ("kms:Decrypt", "kms:GenerateDataKey")]
    return list(dict.fromkeys(found))


def simulate(cloud: "Cloud", role: str, asked: Iterable[Question]) -> Fact[tuple[Answer, ...]]:
    """Have IAM judge each; the first that cannot be judged makes all of it unknown."""
    iam = cloud.client("iam")
    answers = []
    for question in asked:
        context: list[dict[str, Any]] = (
            []
            if question.prefix is None
            else [{"ContextKeyName": "s3:prefix", "ContextKeyValues": [question.prefix], "ContextKeyType": "string"}]
        )
        fact = _simulated(cloud, iam, role, question, context)
        if fact.value is None:
            return Fact(unknown=fact.unknown)
        answers.append(Answer(question, fact.value))
    return Fact(tuple(answers))


def _simulated(cloud: "Cloud", iam: Any, role: str, question: Question, context: list[dict[str, Any]]) -> Fact[str]:
    fact = cloud.ask(
        lambda: iam.simulate_principal_policy(
            PolicySourceArn=role,
            ActionNames=[question.action],
            ResourceArns=[question.resource],
            ContextEntries=context,
        )
    )
    if fact.value is None:
        return Fact(unknown=fact.unknown)
    return Fact(str(fact.value["EvaluationResults"][0]["EvalDecision"]))
