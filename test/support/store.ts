import { createHash, randomBytes } from 'node:crypto';
import type { ObjectKind } from '../../rules/objects.ts';
import type { Evaluation } from '../../rules/evaluate.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { settleClaims } from '../../store/claims.ts';
import { Database } from '../../store/database.ts';
import { saveEvaluations } from '../../store/evaluations.ts';
import { resolveForeignPrincipals } from '../../store/foreign-principals.ts';
import { forestId, type ForestId } from '../../store/forests.ts';
import { markSettled, reconnectable, settleIdentities } from '../../store/identities.ts';
import { takeForestLock, type Holder } from '../../store/locks.ts';
import { stageManagedDelta } from '../../store/managed-space.ts';
import { migrate } from '../../store/migrate.ts';
import { joinByAnchor } from '../../store/joining.ts';
import { createIdentities } from '../../store/naming.ts';
import { openRun, readRun, type NewRun, type Run } from '../../store/runs.ts';
import { settleServices } from '../../store/services.ts';
import type { StagedLink } from '../../store/read-links.ts';
import { stageSourcePage, type StagedSource } from '../../store/source-space.ts';
import { sampleConfiguration } from './sample-configuration.ts';
import { image, type Attributes } from './source-object.ts';
import { testStack } from './stack.ts';

export const anchorAttribute = 'msExchImmutableId';
export const namingContext = 'DC=corp,DC=contoso,DC=test';

/** The tables of Itasca in a schema of their own, for tests that call the store without a directory. */
export async function openStore(): Promise<{ readonly database: Database; readonly dispose: () => Promise<void> }> {
  const schema = `test_${randomBytes(4).toString('hex')}`;
  const database = new Database({ url: testStack().databaseUrl, schema });
  await migrate(database);
  return {
    database,
    dispose: async () => {
      await database.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await database.close();
    },
  };
}

/** The store of a test file: opened before its tests, and gone after them. */
export function useStore(): { readonly database: Database; customer(): Promise<CustomerStore> } {
  let opened: Awaited<ReturnType<typeof openStore>> | undefined;
  let customers = 0;
  const database = (): Database => {
    if (opened === undefined) throw new Error('the store is opened before the first test');
    return opened.database;
  };
  beforeAll(async () => {
    opened = await openStore();
  });
  afterAll(() => opened?.dispose());
  return {
    get database() {
      return database();
    },
    /** A customer that no other test of the file has. */
    customer: () => {
      customers += 1;
      return CustomerStore.open(database(), `c${String(customers)}`);
    },
  };
}

/** An objectGUID that a reader of a failed test knows again: `guid(7)` ends with 7. */
export function guid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** A source object as read; the hash follows from what is in it. */
export function staged(
  number: number,
  kind: ObjectKind = 'user',
  attributes: Attributes = {},
  links: readonly StagedLink[] | null = [],
): StagedSource {
  const values = image({ name: `Object ${String(number)}`, sAMAccountName: `object${String(number)}`, ...attributes });
  return {
    guid: guid(number),
    kind,
    dn: `CN=Object ${String(number)},OU=People,${namingContext}`,
    parentGuid: null,
    attributes: values,
    malformed: [],
    hash: digest([kind, values]),
    links: links === null ? null : { values: links, hash: digest(links) },
    createdAt: `202001010000${String(number).padStart(2, '0').slice(-2)}.0Z`,
  };
}

export function member(target: number): StagedLink {
  return { attribute: 'member', target: guid(target), targetDn: '' };
}

function digest(value: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(value)).digest();
}

/** What the rules said of an object in scope; a test changes what it is about. */
export function evaluated(number: number, more: Partial<Evaluation> = {}): Evaluation {
  return {
    guid: guid(number),
    inScope: true,
    scopeRule: 'included',
    wanted: image({ displayName: `Object ${String(number)}` }),
    service: {},
    claims: [],
    keys: [],
    errors: [],
    createdAt: `202001010000${String(number).padStart(2, '0').slice(-2)}.0Z`,
    ...more,
  };
}

/** In scope, with other attributes wanted. */
export function wanting(number: number, attributes: Attributes): Evaluation {
  return evaluated(number, { wanted: image(attributes) });
}

export function outOfScope(number: number): Evaluation {
  return evaluated(number, { inScope: false, scopeRule: 'excluded', wanted: {} });
}

export function address(value: string, attribute = 'proxyAddresses'): Evaluation['claims'][number] {
  return { kind: 'address', value: `smtp:${value}`, attribute };
}

let runs = 0;

/** One customer's forest and the managed forest, with the steps of a cycle as far as they touch PostgreSQL only. */
export class CustomerStore {
  readonly database: Database;
  readonly customer: string;
  /** Of the forest. */
  readonly name: string;
  readonly forest: ForestId;
  readonly managed: ForestId;

  private constructor(database: Database, customer: string, name: string, forest: ForestId, managed: ForestId) {
    this.database = database;
    this.customer = customer;
    this.name = name;
    this.forest = forest;
    this.managed = managed;
  }

  static async open(database: Database, customer: string, name = 'corp'): Promise<CustomerStore> {
    await applyConfiguration(database, { ...sampleConfiguration(), customer, domains: [`${customer}.example`] });
    return new CustomerStore(
      database,
      customer,
      name,
      await forestId(database, { side: 'source', customer, name }),
      await forestId(database, { side: 'managed', name: 'mgd' }),
    );
  }

  /** A new cycle's run. Its lock is not taken: what is called here does not ask for it. */
  run(profile: 'full' | 'delta' = 'delta'): Promise<Run> {
    runs += 1;
    return this.#open({ workflowRun: String(runs), lockCounter: '1', profile });
  }

  /** The run of a cycle that holds the forest; taken from another that is gone. */
  async lockedRun(workflowRun: string, gone: string | null = null): Promise<Run> {
    const holder = (name: string): Holder => ({ workflowId: `cycle/${this.customer}`, workflowRun: name });
    const before = gone === null ? null : holder(gone);
    const lock = await takeForestLock(this.database, this.forest, holder(workflowRun), before);
    if (!lock.taken) throw new Error('the forest is taken');
    return this.#open({ workflowRun, lockCounter: lock.counter, profile: 'delta' });
  }

  async #open(how: Pick<NewRun, 'workflowRun' | 'lockCounter' | 'profile'>): Promise<Run> {
    const id = await openRun(this.database, {
      customer: this.customer,
      forestId: this.forest,
      configuration: 1,
      workflowId: `cycle/${this.customer}`,
      ...how,
    });
    const run = await readRun(this.database, id);
    if (run === null) throw new Error('no run');
    return run;
  }

  stage(run: Run, ...page: readonly StagedSource[]): Promise<number> {
    return this.database.transaction((transaction) =>
      stageSourcePage(transaction, this.forest, run.id, namingContext, page),
    );
  }

  save(run: Run, ...page: readonly Evaluation[]): Promise<void> {
    return this.database.transaction((transaction) => saveEvaluations(transaction, run, this.managed, page));
  }

  /** The end of an evaluation: claims, identities with the names of their source objects, services. */
  async settle(run: Run): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await joinByAnchor(transaction, { source: this.forest, managed: this.managed }, run.id);
      await settleClaims(transaction, this.managed, run.id);
      await settleIdentities(transaction, this.forest);
    });
    const without = await this.database.query<{ guid: string; kind: ObjectKind }>(
      `SELECT guid, kind FROM source_object o JOIN evaluation e USING (forest_id, guid) WHERE forest_id = $1 AND e.in_scope AND NOT ${reconnectable('e')}
       AND NOT EXISTS (SELECT FROM identity i WHERE i.source_forest = o.forest_id AND i.source_guid = o.guid)`,
      [this.forest],
    );
    await createIdentities(
      this.database,
      this.customer,
      this.forest,
      this.managed,
      without.map((row) => ({ ...row, cn: row.guid, sam: `${this.customer}${row.guid.slice(-8)}` })),
    );
    await this.database.transaction(async (transaction) => {
      await settleServices(transaction, this.forest, true);
      await markSettled(transaction, this.forest);
    });
  }

  /** Evaluates in a run of its own, from staging to settlement. */
  async evaluate(...page: readonly Evaluation[]): Promise<Run> {
    const run = await this.run();
    await this.database.transaction((transaction) => resolveForeignPrincipals(transaction, this.forest));
    await this.save(run, ...page);
    await this.settle(run);
    return run;
  }

  anchor(number: number): string {
    return `${this.customer}/${this.name}/${guid(number)}`;
  }

  /** objectGUID of the managed object that stands for a source object. */
  managedGuid(number: number): string {
    return guid(this.forest * 1_000_000 + number);
  }

  /** Reads managed objects, in a delta. With `members` the object is a group, and these are all that it has. */
  seeManaged(
    ...objects: readonly {
      readonly number: number;
      readonly attributes?: Attributes;
      readonly members?: readonly number[];
    }[]
  ): Promise<void> {
    return this.database.transaction((transaction) =>
      stageManagedDelta(
        transaction,
        this.managed,
        anchorAttribute,
        objects.map(({ number, attributes, members }) => ({
          guid: this.managedGuid(number),
          dn: `CN=Object ${String(number)},OU=${this.customer},DC=mgd,DC=fabrikam,DC=test`,
          deleted: false,
          changed: image({
            [anchorAttribute]: this.anchor(number),
            name: `Object ${String(number)}`,
            sAMAccountName: `${this.customer}${String(number)}`,
            ...attributes,
          }),
          linkAdds: (members ?? []).map((target) => ({ attribute: 'member', target: this.managedGuid(target) })),
          linkRemoves: [],
          linkSets: members === undefined ? [] : ['member'],
          kind: members === undefined ? ('user' as const) : ('group' as const),
        })),
      ),
    );
  }

  /** objectGUID of the source object that holds an address; null when nobody does. */
  async holder(value: string): Promise<string | null> {
    const [row] = await this.database.query<{ guid: string }>(
      'SELECT guid FROM claim WHERE managed_forest = $1 AND value = $2',
      [this.managed, `smtp:${value}`],
    );
    return row?.guid ?? null;
  }

  errors(): Promise<
    { guid: string; code: string; attribute: string; details: string; other: string | null; count: number }[]
  > {
    return this.database.query(
      'SELECT guid, code, attribute, details, other_guid AS other, count FROM object_error WHERE forest_id = $1 ORDER BY guid, code, attribute',
      [this.forest],
    );
  }
}
