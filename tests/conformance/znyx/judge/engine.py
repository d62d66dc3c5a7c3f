"""The vendor's engine, asked in this process."""
import asyncio

from znyx_core.core.models import EvaluationRequest
from znyx_core.engine.evaluator import GuardrailsEvaluator


def decided(samples, policy):
    """What it makes of samples, in the words of a row's verdict. It is told no labels and none of their metadata."""
    evaluator = GuardrailsEvaluator(policy_resolver=None)

    async def decide(number, sample):
        request = EvaluationRequest(request_id="r", tenant_id="t", app_id="a", text=sample["input_text"],
                                    metadata={"user_id": str(number)})
        try:
            made = await evaluator.evaluate(request, context=sample["context"], policy=policy)
        except ValueError:
            # It knows no such stage.
            return ["ERROR", 0, []]
        return [made.decision.value, made.risk_score, [hit.rule_id for hit in made.rule_hits]]

    async def decide_all():
        return [await decide(number, sample) for number, sample in enumerate(samples)]

    return asyncio.run(decide_all())
