import type { WorkflowHandle } from '@temporalio/client';
import type { AttributeImage } from '../../rules/attributes.ts';
import { HOLDING_ATTRIBUTES } from '../../rules/deprovisioned.ts';
import type { DeprovisioningSettings } from '../../rules/deprovisioning-settings.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { deprovisionId } from '../../workflows/ids.ts';
import type { deprovisionObject } from '../../workflows/deprovision-object.ts';
import { done } from './directory-sandbox.ts';
import type { Product } from './product.ts';

/** How the end of an object's services stands. */
export interface EndRow {
  readonly stage: 'grace' | 'hold' | 'retention' | 'ended';
  readonly outcome: string | null;
  /** The end that was begun. */
  readonly happens: string | null;
  /** Something may have been written to the Managed Forest. */
  readonly begun: boolean;
  /** The time is over, by the clock of the database. */
  readonly graceOver: boolean;
  readonly retentionOver: boolean;
  /** Seconds that are left of it. */
  readonly retentionLeft: number;
  /** Null until the workflow has begun. */
  readonly graceUntil: Date | null;
  readonly codes: readonly string[];
}

/** What tests do to objects whose services end, and see of them. Objects are told by their name. */
export class Ends {
  readonly #product: Product;

  constructor(product: Product) {
    this.#product = product;
  }

  /** The times and meanings of what is evaluated from now on. */
  async are(settings: Partial<DeprovisioningSettings>): Promise<void> {
    const { configuration, database } = this.#product;
    await applyConfiguration(database, {
      ...configuration,
      deprovisioning: { ...configuration.deprovisioning, ...settings },
    });
  }

  /** The source object leaves the scope, and a cycle sees it. */
  async leave(...names: readonly string[]): Promise<void> {
    const { source } = this.#product;
    for (const name of names)
      await done(source.writer.rename({ dn: source.dn(name) }, name, `OU=Excluded,${source.ou}`));
    await this.#product.cycle('delta');
  }

  /** It comes back, and a cycle sees it. */
  async comeBack(...names: readonly string[]): Promise<void> {
    const { source } = this.#product;
    for (const name of names)
      await done(source.writer.rename({ dn: `CN=${name},OU=Excluded,${source.ou}` }, name, source.ou));
    await this.#product.cycle('delta');
  }

  /** Changes attributes of the source object, and runs a cycle. */
  async set(name: string, changes: AttributeImage): Promise<void> {
    const { source } = this.#product;
    await done(
      source.writer.modify(
        { dn: source.dn(name) },
        Object.entries(changes).map(([attribute, values]) => ({ operation: 'replace', attribute, values })),
      ),
    );
    await this.#product.cycle('delta');
  }

  /** Sets a litigation hold on the managed object, or lifts it. */
  async hold(name: string, hold: boolean): Promise<void> {
    const entry = (await this.#product.managedObjects([])).get(name);
    const values = hold ? ['20260101000000.0Z'] : [];
    await done(
      this.#product.managed.modify({ guid: entry?.guid ?? '' }, [
        { operation: 'replace', attribute: 'msExchLitigationHoldDate', values },
      ]),
    );
  }

  /** What the managed object holds, of all that an end may change; null where there is none. */
  async shown(name: string, more: readonly string[] = []): Promise<AttributeImage | null> {
    const attributes = [...HOLDING_ATTRIBUTES, ...more];
    const entry = (await this.#product.managedObjects(attributes)).get(name);
    if (entry === undefined) return null;
    return Object.fromEntries(
      attributes.flatMap((attribute): [string, readonly string[]][] => {
        const values = entry.links[attribute]?.map((target) => target.dn) ?? entry.attributes[attribute] ?? [];
        return values.length === 0 ? [] : [[attribute, [...values].sort()]];
      }),
    );
  }

  /** Names of the members of a managed group. */
  async members(group: string): Promise<readonly string[]> {
    const entry = (await this.#product.managedObjects(['member'])).get(group);
    return (entry?.links['member'] ?? []).map(({ dn }) => /^CN=([^,]*)/.exec(dn)?.[1] ?? dn).sort();
  }

  async row(name: string): Promise<EndRow> {
    const [row] = await this.#product.database.query<EndRow>(
      `SELECT d.stage, d.outcome, d.happens, d.taken IS NOT NULL AS begun, coalesce(now() >= d.grace_until, false) AS "graceOver", coalesce(now() >= d.retention_until, false) AS "retentionOver",
         extract(epoch FROM d.retention_until - now())::float8 AS "retentionLeft", d.grace_until AS "graceUntil",
         ARRAY(SELECT x.code FROM object_error x WHERE x.forest_id = i.source_forest AND x.guid = i.source_guid ORDER BY 1) AS codes
       FROM deprovisioning d JOIN identity i ON i.id = d.identity_id WHERE i.cn = $1 AND i.customer = $2`,
      [name, this.#product.name],
    );
    if (row === undefined) throw new Error(`nothing of ${name} ends`);
    return row;
  }

  /** Waits until the end stands so. */
  async until(name: string, reached: (row: EndRow) => boolean): Promise<EndRow> {
    for (let tries = 0; ; tries += 1) {
      const row = await this.row(name);
      if (reached(row)) return row;
      if (tries > 400) throw new Error(`it has not come to pass: ${JSON.stringify(row)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waits until it is at that stage. */
  stage(name: string, stage: EndRow['stage']): Promise<EndRow> {
    return this.until(name, (row) => row.stage === stage);
  }

  async workflow(name: string): Promise<WorkflowHandle<typeof deprovisionObject>> {
    const { database, temporal, name: customer } = this.#product;
    const [row] = await database.query<{ id: string }>('SELECT id FROM identity WHERE cn = $1 AND customer = $2', [
      name,
      customer,
    ]);
    return temporal.workflow.getHandle(deprovisionId(customer, row?.id ?? ''));
  }

  /** What the Temporal UI shows as the current details of its workflow. */
  async details(name: string): Promise<string> {
    const workflow = await this.workflow(name);
    const metadata = await workflow.query<{ readonly currentDetails?: string }>('__temporal_workflow_metadata');
    // Without what only makes room.
    return (metadata.currentDetails ?? '').replace(/\s+\u2800$/, '');
  }

  /** Waits until the details are such. */
  async tells(name: string, pattern: RegExp): Promise<string> {
    for (let tries = 0; ; tries += 1) {
      const details = await this.details(name);
      if (pattern.test(details)) return details;
      if (tries > 200) throw new Error(`the details are ${details}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** The summaries of the timers of its workflow, as the Temporal UI shows them in the history. */
  async timers(name: string): Promise<readonly string[]> {
    const { events } = await (await this.workflow(name)).fetchHistory();
    return (events ?? []).flatMap((event) => {
      if (!event.timerStartedEventAttributes) return [];
      const data = event.userMetadata?.summary?.data;
      return [data ? (JSON.parse(Buffer.from(data).toString('utf8')) as string) : ''];
    });
  }
}
