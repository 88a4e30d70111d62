import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { callWebhook, WebhookRefused, WebhookUnavailable } from '../../activities/call-webhook.ts';

let server: Server;
let status = 200;
const calls: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      calls.push({ headers: request.headers, body });
      response.writeHead(status, { location: '/elsewhere' }).end('x'.repeat(100_000));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

function url(): string {
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook?key=secret`;
}

// Shows: Alerts / a webhook gets one JSON document with an id that stays the same; redirections are not followed, and its address is in no message (none)
test('a webhook is called with a document, and its answers tell whether another try is worth it', async () => {
  await callWebhook(url(), 'the-id', { subject: 'x' });
  expect(calls).toMatchObject([
    { headers: { 'idempotency-key': 'the-id', 'content-type': 'application/json' }, body: '{"subject":"x"}' },
  ]);
  for (const [answer, error] of [
    [503, WebhookUnavailable],
    [429, WebhookUnavailable],
    [404, WebhookRefused],
    [302, WebhookRefused],
  ] as const) {
    status = answer;
    const failed = await callWebhook(url(), 'id', {}).catch((reason: unknown) => reason);
    expect(failed).toBeInstanceOf(error);
    expect(String(failed)).toContain(String(answer));
    expect(String(failed)).not.toContain('secret');
  }
  expect(calls).toHaveLength(5);
  const nowhere = await callWebhook('http://127.0.0.1:9/?key=secret', 'id', {}).catch((reason: unknown) => reason);
  expect(nowhere).toBeInstanceOf(WebhookUnavailable);
  expect(String(nowhere)).not.toContain('secret');
});
