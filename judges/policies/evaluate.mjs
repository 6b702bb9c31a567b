// Reads {policies: {role: document}, requests: [{role, action, resource, account, context}]} from
// stdin; writes one verdict per request, in order: {allowed, result, ignored, errors}.

import { runSimulation } from '@cloud-copilot/iam-simulate'

let text = ''
for await (const chunk of process.stdin) text += chunk
const { policies, requests } = JSON.parse(text)

const verdicts = []
for (const one of requests) {
  const answer = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${one.account}:role/judged-${one.role}`,
        action: one.action,
        resource: { resource: one.resource, accountId: one.account },
        contextVariables: one.context
      },
      identityPolicies: policies[one.role].map((policy, number) => ({
        name: `${one.role}-${number + 1}`,
        policy
      })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: undefined
    },
    {}
  )
  verdicts.push(
    answer.resultType === 'error'
      ? { allowed: false, result: 'error', ignored: [], errors: answer.errors }
      : {
          allowed: answer.overallResult === 'Allowed',
          result: answer.overallResult,
          ignored: answer.result?.ignoredContextKeys ?? [],
          errors: null
        }
  )
}
process.stdout.write(JSON.stringify(verdicts))
