"""The same stack in CDK for Python: the committed template, as constructs of its own library."""

import os

# type: ignore: these live in an environment of their own.
from aws_cdk import App, LegacyStackSynthesizer, Stack  # type: ignore[import-not-found]
from aws_cdk.cloudformation_include import CfnInclude  # type: ignore[import-not-found]

app = App()
stack = Stack(app, "Compute", synthesizer=LegacyStackSynthesizer())
CfnInclude(stack, "Template", template_file=os.environ["TEMPLATE"])
app.synth()
