import { z } from 'zod';
import { alertSchema } from './alert-settings.ts';
import { attribute } from './attributes.ts';
import { isWithin } from './dn.ts';
import { deprovisioningSchema } from './deprovisioning-settings.ts';
import { distinguishedName } from './dn-settings.ts';
import { duration } from './duration-settings.ts';
import { attributeName, flowSchema } from './flow-settings.ts';
import { compileFlow, ownedAttributes } from './flow.ts';
import { guardSchema } from './guard-settings.ts';
import { joinSchema } from './join-settings.ts';
import { keepingFaults, keepingSchema } from './keeping-settings.ts';
import { entitlementSchema, exchangeSchema, mailboxAttributes } from './mailbox-settings.ts';
import { managedKeeping } from './managed-settings.ts';
import { operatorFaults, operatorsSchema } from './operators-settings.ts';
import { readingSchema } from './reading-settings.ts';
import { reconnectionSchema } from './reconnection-settings.ts';
import { reportSchema } from './report-settings.ts';
import { writableFaults } from './self-writable-faults.ts';
import { scopeRuleFields } from './scope-settings.ts';
import { validationSchema } from './validation-settings.ts';
import { tlsFaults, tlsSchema } from './tls-settings.ts';
import { voiceAttributes, voiceFaults, voiceSchema } from './voice-settings.ts';

const name = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,30}$/,
    'a name is 1 to 31 characters: lower-case letters, digits and hyphens, a letter first',
  );

const domainName = z
  .string()
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{0,58}[a-z0-9])$/,
    'a DNS domain in lower case, such as contoso.com',
  );

const namingContext = z.string().regex(/^DC=[^,=+\s"\\<>;#]+(?:,DC=[^,=+\s"\\<>;#]+)*$/i, {
  message: 'a domain naming context, such as DC=contoso,DC=com',
  abort: true,
});

const controllerUrl = z
  .string()
  .regex(
    /^ldaps?:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?$/,
    'a domain controller as ldaps://host[:port] or, with StartTLS, ldap://host[:port]',
  );

const signIn = {
  account: z.string().min(1).describe('Account to bind with: user@realm, DOMAIN\\user or a distinguished name'),
  passwordFile: z
    .string()
    .min(1)
    .optional()
    .describe('File that holds the password; readable by its owner only. Relative to this file'),
  passwordEnv: z
    .string()
    .regex(/^[A-Z_][A-Z0-9_]*$/, 'the name of an environment variable of the worker')
    .optional()
    .describe('Environment variable of the worker that holds the password'),
  tls: tlsSchema,
};

function oneSecret(value: { passwordFile?: string | undefined; passwordEnv?: string | undefined }): boolean {
  return (value.passwordFile === undefined) !== (value.passwordEnv === undefined);
}
const oneSecretMessage = 'give exactly one of passwordFile and passwordEnv';

const scopeSchema = z.strictObject({
  include: z
    .array(distinguishedName)
    .min(1)
    .describe('Organizational units whose objects are in scope, with everything below them'),
  exclude: z
    .array(distinguishedName)
    .default([])
    .describe('Organizational units below those that are out of scope again'),
  ...scopeRuleFields,
});

const forestSchema = z
  .strictObject({
    name: name.describe('Short name of the forest, used in workflow ids and in the anchor'),
    domains: z
      .array(
        z.strictObject({
          namingContext: namingContext.describe('The domain naming context'),
          controllers: z.array(controllerUrl).min(1).describe('Domain controllers, the preferred one first'),
        }),
      )
      .min(1),
    ...signIn,
    scope: scopeSchema,
    reading: readingSchema.prefault({}),
  })
  .refine(oneSecret, { message: oneSecretMessage, path: ['account'] });

const managedSchema = z
  .strictObject({
    name: name.describe(
      'Short name of the Managed Forest; the same in the configuration of each customer served there',
    ),
    namingContext: namingContext.describe('The domain naming context that holds the managed objects'),
    controllers: z
      .array(controllerUrl)
      .min(1)
      .describe('Domain controllers, the preferred one first. Writes, confirmations and drivers use the same one'),
    ...signIn,
    ou: distinguishedName.describe("The organizational unit that holds this customer's managed objects"),
    anchorAttribute: attributeName
      .default('msExchImmutableId')
      .describe('Attribute of the managed object that carries customer, forest and source objectGUID'),
    ...managedKeeping,
  })
  .refine(oneSecret, { message: oneSecretMessage, path: ['account'] });

const serviceSchema = z.strictObject({
  attribute: attributeName.describe(
    'Source attribute that carries the provisioning value, such as MBX=50GB;Type=EP2D;REG=EU;',
  ),
  usersMayWrite: z
    .array(attributeName)
    .default([])
    .describe(
      'Attributes that decide about services here and that every user may write on the own account: naming one says that this is known',
    ),
  entitlement: entitlementSchema.default({ by: 'provisioningValue' }).describe('Who is entitled to a mailbox'),
  driver: z
    .enum(['directory', 'command'])
    .default('directory')
    .describe(
      'What makes a service real: `directory` writes its attributes; `command` has the program complete it that the settings of the worker name (docs/services.md)',
    ),
  parkFor: duration.default('7d').describe('How long the workflow of an object that waits for a correction stays open'),
  waitFor: duration
    .default('10m')
    .describe('How long a cycle waits for the object workflows that it started before it confirms and ends'),
});

const cycleSchema = z.strictObject({
  every: duration.default('15m').describe('Time between the starts of two cycles'),
  wholeEvery: duration
    .default('7d')
    .describe('Time after which a delta cycle reads the Customer Forest whole again, to be sure'),
  awaitReplication: duration
    .default('12h')
    .describe(
      'How long a domain whose controller is lost waits until another one has received all that was read; after that it is read whole from there, and nothing counts as absent. Shorten it when the controller is lost for good',
    ),
  pageSize: z.int().min(10).max(1000).default(500).describe('Objects in a page of reading and of writing'),
  writers: z.int().min(1).max(16).default(4).describe('Pages that are written at the same time'),
});

/** The configuration of one customer, as its YAML file holds it. Strict: an unknown key is an error. */
export const configurationSchema = z
  .strictObject({
    customer: name.describe('Short name of the customer, used in workflow ids and in the anchor'),
    domains: z
      .array(domainName)
      .min(1)
      .describe('SMTP, SIP and UPN domains that the customer owns. An address outside them is never written'),
    forests: z.array(forestSchema).min(1),
    managed: managedSchema,
    services: serviceSchema,
    exchange: exchangeSchema,
    voice: voiceSchema
      .optional()
      .describe('Lync / Skype for Business. Without it nobody has voice, and what is there is left alone'),
    deprovisioning: deprovisioningSchema.prefault({}),
    validation: validationSchema.prefault({}),
    flow: flowSchema.prefault({}).describe('Attribute flow, where it differs from the default table of docs/flow.md'),
    join: joinSchema.prefault({}).describe('How objects are looked for in a Managed Forest that is filled already'),
    reconnection: reconnectionSchema
      .prefault({})
      .describe(
        'Automated Services Reconnection: how a re-created or migrated source object finds the services that it had',
      ),
    cycle: cycleSchema.prefault({}),
    guard: guardSchema.prefault({}),
    operators: operatorsSchema.prefault({}),
    reports: reportSchema.prefault({}),
    alerts: alertSchema.prefault({}),
    keeping: keepingSchema.prefault({}),
  })
  .superRefine((value, context) => {
    for (const { path, message } of contradictions(value))
      context.addIssue({ code: 'custom', path: [...path], message });
  });

export type Configuration = z.output<typeof configurationSchema>;
export type ForestConfiguration = Configuration['forests'][number];
export type ManagedConfiguration = Configuration['managed'];
export type ExchangeConfiguration = Configuration['exchange'];

/** Milliseconds of a duration such as `30s`, `15m`, `12h` or `7d` that the schema has accepted. */
export function milliseconds(text: string): number {
  const unit = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[text.slice(-1)];
  if (unit === undefined) throw new RangeError(`"${text}" is not a duration`);
  return Number(text.slice(0, -1)) * unit;
}

/** What is wrong between values that are each right by themselves. */
function* contradictions(value: Configuration): Generator<{ path: readonly (string | number)[]; message: string }> {
  const { routingDomain } = value.validation;
  if (routingDomain !== undefined && !value.domains.some((own) => `.${routingDomain}`.endsWith(`.${own}`)))
    yield {
      path: ['validation', 'routingDomain'],
      message: `is neither one of the customer's domains nor below one (${value.domains.join(', ')})`,
    };
  const { forests, managed, exchange, services } = value;
  if (!Object.hasOwn(exchange.regions, exchange.defaultRegion))
    yield {
      path: ['exchange', 'defaultRegion'],
      message: `the region ${exchange.defaultRegion} is not among exchange.regions`,
    };
  for (const [path, names] of [
    [['forests'], forests.map((forest) => forest.name)],
    [['domains'], value.domains],
  ] as const) {
    const twice = names.findIndex((item, index) => names.indexOf(item) !== index);
    if (twice >= 0) yield { path: [...path, twice], message: `${names[twice] ?? ''} is named twice` };
  }
  for (const [index, { domains, scope }] of forests.entries()) {
    const contexts = domains.map((domain) => domain.namingContext);
    for (const [at, ou] of scope.include.entries())
      if (!contexts.some((context) => isWithin(ou, context)))
        yield {
          path: ['forests', index, 'scope', 'include', at],
          message: `is in none of the forest's domains (${contexts.join(' and ')})`,
        };
    for (const [at, ou] of scope.exclude.entries())
      if (!scope.include.some((included) => isWithin(ou, included)))
        yield { path: ['forests', index, 'scope', 'exclude', at], message: 'is below none of the included ones' };
    for (const [at, entry] of (scope.smtp?.include ?? []).entries())
      if (!value.domains.includes(entry.slice(entry.indexOf('@') + 1).toLowerCase()))
        yield {
          path: ['forests', index, 'scope', 'smtp', 'include', at],
          message: `is in none of the customer's domains (${value.domains.join(', ')})`,
        };
  }
  for (const [index, { tls, domains }] of forests.entries())
    for (const { path, message } of tlsFaults(
      tls,
      domains.flatMap((domain) => domain.controllers),
    ))
      yield { path: ['forests', index, ...path], message };
  for (const { path, message } of tlsFaults(managed.tls, managed.controllers))
    yield { path: ['managed', ...path], message };
  if (!isWithin(managed.ou, managed.namingContext))
    yield { path: ['managed', 'ou'], message: `is not in the naming context ${managed.namingContext}` };
  for (const [index, container] of value.join.containers.entries())
    if (!isWithin(container, managed.namingContext))
      yield { path: ['join', 'containers', index], message: `is not in the naming context ${managed.namingContext}` };
  yield* operatorFaults(value.operators, value.reconnection.approvals);
  yield* attributeFaults(['services', 'attribute'], services.attribute);
  yield* writableFaults(services, value.voice);
  for (const name of ['bitmapAttribute', 'stringAttribute', 'lineAttribute'] as const)
    if (value.voice?.[name] !== undefined) yield* attributeFaults(['voice', name], value.voice[name]);
  if (services.entitlement.by === 'attribute')
    yield* attributeFaults(['services', 'entitlement', 'attribute'], services.entitlement.attribute);
  const deciding = [...mailboxAttributes(services), ...voiceAttributes(value.voice)];
  for (const [index, one] of deciding.entries())
    if (deciding.indexOf(one) < index)
      yield {
        path: [index < mailboxAttributes(services).length ? 'services' : 'voice'],
        message: `${one} decides about two things; each needs an attribute of its own`,
      };
  for (const { path, message } of value.voice === undefined ? [] : voiceFaults(value.voice))
    yield { path: ['voice', ...path], message };
  for (const { path, message } of keepingFaults(value.keeping, value.reports.trend))
    yield { path: ['keeping', ...path], message };
  yield* attributeFaults(['managed', 'anchorAttribute'], managed.anchorAttribute);
  if (ownedAttributes(compileFlow(value.customer, value.flow)).includes(managed.anchorAttribute))
    yield {
      path: ['managed', 'anchorAttribute'],
      message: `${managed.anchorAttribute} is filled from the Customer Forest; the anchor needs an attribute of its own`,
    };
}

/** An attribute that another schema or another spelling names would be read as absent, without a word. */
function* attributeFaults(
  path: readonly string[],
  name: string,
): Generator<{ path: readonly string[]; message: string }> {
  const known = attribute(name);
  if (known === undefined) yield { path, message: `the attribute ${name} is not known` };
  else if (known.name !== name) yield { path, message: `the attribute ${name} is spelled ${known.name}` };
  else if (known.syntax !== 'text') yield { path, message: `the attribute ${name} does not hold text` };
}
