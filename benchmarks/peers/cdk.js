// The same stack in CDK: the committed template, as constructs of its own library.
const cdk = require('aws-cdk-lib');
const { CfnInclude } = require('aws-cdk-lib/cloudformation-include');

const app = new cdk.App();
const stack = new cdk.Stack(app, 'Compute', {
  stackName: process.env.STACK,
  synthesizer: new cdk.LegacyStackSynthesizer(),
});
new CfnInclude(stack, 'Template', { templateFile: process.env.TEMPLATE });
app.synth();
