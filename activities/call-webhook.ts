/** The webhook can not be reached, or does not take the call now: worth another try. */
export class WebhookUnavailable extends Error {
  override readonly name = 'WebhookUnavailable';
}

/** The webhook does not take this call. */
export class WebhookRefused extends Error {
  override readonly name = 'WebhookRefused';
}

/** The worker's settings name no webhook. */
export class WebhookMissing extends Error {
  override readonly name = 'WebhookMissing';
}

const TIME_MS = 10_000;
/** Too early, too many, and a time that was over there. */
const LATER = new Set([408, 425, 429]);

/**
 * Posts a JSON document. Redirections are not followed. Its address is in no message: it often holds a key.
 *
 * @param id the same for each attempt, so that the receiver knows a second one for what it is
 * @throws WebhookUnavailable when another try is worth it
 * @throws WebhookRefused when it is not
 */
export async function callWebhook(url: string, id: string, document: unknown): Promise<void> {
  let status: number;
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': id, 'user-agent': 'itasca' },
      body: JSON.stringify(document),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIME_MS),
    });
    await answer.body?.cancel();
    ({ status } = answer);
  } catch {
    throw new WebhookUnavailable(
      `The webhook (ITASCA_ALERT_WEBHOOK) can not be reached, or did not answer in ${String(TIME_MS / 1000)} s.`,
    );
  }
  if (status >= 200 && status < 300) return;
  if (status >= 500 || LATER.has(status))
    throw new WebhookUnavailable(`The webhook (ITASCA_ALERT_WEBHOOK) answers ${String(status)}: later.`);
  throw new WebhookRefused(`The webhook (ITASCA_ALERT_WEBHOOK) answers ${String(status)}: it does not take this.`);
}
