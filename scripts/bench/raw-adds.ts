import { readFileSync } from 'node:fs';
import { Attribute, Client } from 'ldapts';
import { encodeValue } from '../../directory/values.ts';
import { attribute, type AttributeImage } from '../../rules/attributes.ts';
import type { ForestHandle } from '../stack/forest.ts';

/** An object as the product added it. */
export interface RawObject {
  readonly dn: string;
  readonly attributes: AttributeImage;
}

/**
 * Adds the objects with nothing but an LDAP client, each connection one after the other, and answers how many a second
 * the server took. What the product's write stage is measured against.
 */
export async function rawAddRate(
  forest: ForestHandle,
  objects: readonly RawObject[],
  connections: number,
): Promise<number> {
  const encoded = objects.map(({ dn, attributes }) => ({
    dn,
    attributes: Object.entries(attributes).map(([name, values]) => encode(name, values)),
  }));
  const clients = await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new Client({ url: forest.url, tlsOptions: { ca: [readFileSync(forest.caFile)] } });
      await client.bind(forest.service.account, forest.service.password);
      return client;
    }),
  );
  const queue = encoded.values();
  const began = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      for (const { dn, attributes } of queue) await client.add(dn, attributes);
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  await Promise.all(clients.map((client) => client.unbind()));
  return objects.length / seconds;
}

function encode(name: string, values: readonly string[]): Attribute {
  const definition = attribute(name);
  if (definition === undefined) throw new Error(`${name} is not in the catalogue of attributes`);
  const bytes = values.map((value) => {
    const encodedValue = encodeValue(definition, value);
    if (encodedValue === undefined) throw new Error(`a value of ${name} is no ${definition.syntax}`);
    return Buffer.from(encodedValue);
  });
  return new Attribute({ type: name, values: bytes });
}
