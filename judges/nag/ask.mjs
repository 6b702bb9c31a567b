// Reads {environment: path of a template}, writes {environment: [[rule, resource, passed], ...]}.
// The packs report violations alone; each rule is asked here instead, so that what passes is counted.
import { App, Stack } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import * as nag from 'cdk-nag';
import { readFileSync } from 'node:fs';

const PACKS = [
  nag.AwsSolutionsChecks, nag.NIST80053R5Checks, nag.HIPAASecurityChecks, nag.PCIDSS321Checks,
];

function ask(templateFile) {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Judged');
  const included = new CfnInclude(stack, 'Template', { templateFile });
  const answers = [];
  for (const Pack of PACKS) {
    const pack = new Pack();
    pack.applyRule = ({ rule, ruleSuffixOverride, node }) => {
      const name = `${pack.packName}-${ruleSuffixOverride ?? rule.name}`;
      for (const [detail, passed] of judge(rule, node)) answers.push([name + detail, node.node.id, passed]);
    };
    pack.validateScope(included);
  }
  return answers;
}

function judge(rule, node) {
  try {
    const said = rule(node);
    if (said === nag.NagRuleCompliance.NOT_APPLICABLE) return [];
    if (said === nag.NagRuleCompliance.COMPLIANT) return [['', true]];
    if (Array.isArray(said)) return said.map((one) => [`[${one}]`, false]);
    return [['', false]];
  } catch {
    return [['[cannot tell]', false]]; // as of a value that only the account knows
  }
}

const templates = JSON.parse(readFileSync(0, 'utf-8'));
const found = Object.fromEntries(Object.entries(templates).map(([name, path]) => [name, ask(path)]));
process.stdout.write(JSON.stringify(found));
