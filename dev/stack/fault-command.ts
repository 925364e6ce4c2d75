import { Agent, fetch } from 'undici';
import type { FaultRequest } from './fault-control.js';
import { stackStatus, type StackCommandInput } from './stack-commands.js';

/** @throws Error when the stack is not up, or the fault could not be done */
export async function injectFault(input: StackCommandInput, request: FaultRequest): Promise<void> {
  const { faultUrl } = await stackStatus(input);
  if (faultUrl === undefined) throw new Error(`stack ${input.name} is not up`);
  const response = await fetch(faultUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    dispatcher: new Agent({ headersTimeout: 0 }), // an API server takes its time to start
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
}
