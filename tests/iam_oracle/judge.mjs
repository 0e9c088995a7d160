// Read one simulation a line, write one verdict a line: Allowed, ExplicitlyDenied or ImplicitlyDenied.
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

for await (const line of createInterface({ input: process.stdin })) {
  const result = await runSimulation(JSON.parse(line), { simulationMode: 'Strict' })
  console.log(result.resultType === 'error' ? JSON.stringify(result.errors) : result.overallResult)
}
