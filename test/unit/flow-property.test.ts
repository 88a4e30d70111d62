import fc from 'fast-check';
import { attribute, type AttributeImage } from '../../rules/attributes.ts';
import { attributeChange } from '../../rules/change.ts';
import { flowObject } from '../../rules/flow-object.ts';
import { flowSchema } from '../../rules/flow-settings.ts';
import { defaultTargets, requiredTargets } from '../../rules/flow-table.ts';
import { flowTargets } from '../../rules/flow-targets.ts';
import { compileFlow, flowOwned, valueOwned } from '../../rules/flow.ts';
import type { ObjectKind } from '../../rules/objects.ts';
import { anyKind, anyText, image, sourceObject } from '../support/source-object.ts';

describe('of any flow of allowed targets', () => {
  const expressions = {
    text: ['value.sn', 'value.sn.upper() + value.title', 'values.url[0]', 'value.info.split("@")[1]', '""'],
    texts: ['values.url.map(v, v.lower())', 'values.proxyAddresses + [value.sn]', 'value.info.split("|")'],
    integer: ['1', 'int(value.title)', 'value.info.size()'],
    boolean: ['value.sn == "a"', 'values.url.exists(v, v == value.sn)'],
  };
  const textSources = ['sn', 'title', 'info', 'displayName', 'mail', 'legacyExchangeDN', 'name'];

  const settingsOf = (kind: ObjectKind): fc.Arbitrary<object> => {
    const names = flowTargets.filter((target) => target.kinds.includes(kind)).map((target) => target.name);
    const optional = names.filter((name) => !requiredTargets.has(name));
    const rule = fc.constantFrom(...names).chain((target): fc.Arbitrary<object> => {
      const definition = attribute(target);
      if (definition?.link) return fc.constant({ target, from: target });
      const same = fc.constant({ target, from: target });
      if (definition?.syntax === 'integer' || definition?.syntax === 'boolean')
        return fc.oneof(
          same,
          fc.constantFrom(...expressions[definition.syntax]).map((expression) => ({ target, expression })),
        );
      if (definition?.syntax !== 'text') return same;
      const texts = definition.multi ? [...expressions.text, ...expressions.texts] : expressions.text;
      return fc.oneof(
        same,
        fc.constantFrom(...textSources).map((from) => ({ target, from })),
        fc.constantFrom(...texts).map((expression) => ({ target, expression })),
      );
    });
    return fc
      .record({
        rules: fc.array(rule, { maxLength: 12 }),
        drop: fc.subarray(
          defaultTargets(kind).filter((name) => !requiredTargets.has(name)),
          { maxLength: 4 },
        ),
        clear: fc.uniqueArray(fc.constantFrom(...optional), { maxLength: 4 }),
      })
      .map(({ rules, drop, clear }) => {
        const left = new Set([...drop, ...clear]);
        const kept = rules.filter((item) => !left.has((item as { target: string }).target));
        const once = kept.filter(
          (item, index) =>
            attribute((item as { target: string }).target)?.link !== true ||
            kept.findIndex((other) => (other as { target: string }).target === (item as { target: string }).target) ===
              index,
        );
        return { rules: once, drop, clear: clear.filter((name) => !drop.includes(name)) };
      });
  };
  const anySettings = fc.record({
    user: settingsOf('user'),
    contact: settingsOf('contact'),
    group: settingsOf('group'),
  });
  const someValues = fc.uniqueArray(anyText(20), { maxLength: 4 });
  const anyObject = fc
    .tuple(
      anyKind,
      fc.dictionary(
        fc.constantFrom(...textSources, 'url', 'proxyAddresses', 'otherTelephone', 'initials', 'extensionAttribute1'),
        someValues,
      ),
    )
    .map(([kind, attributes]) => {
      const single = Object.entries(attributes).map(
        ([name, values]) => [name, attribute(name)?.multi ? values : values.slice(0, 1)] as const,
      );
      return sourceObject(kind, Object.fromEntries(single));
    });

  // Shows: Flow / any flow gives only owned attributes, the same each time, and changes nothing twice (none)
  test('evaluation never throws, is the same each time, gives owned attributes only, and changes nothing twice', () => {
    fc.assert(
      fc.property(anySettings, fc.array(anyObject, { minLength: 1, maxLength: 5 }), (settings, objects) => {
        const flow = compileFlow('contoso', flowSchema.parse(settings));
        for (const object of objects) {
          const result = flowObject(flow, object);
          expect(flowObject(flow, object)).toEqual(result);
          for (const [name, values] of Object.entries(result.wanted)) {
            expect(flowOwned(flow, object.kind)).toContain(name);
            expect(values.length).toBeGreaterThan(0);
            if (attribute(name)?.multi === false) expect(values.length).toBe(1);
          }
          for (const { attribute: name } of result.errors)
            if (!valueOwned.has(name)) expect(result.wanted).not.toHaveProperty(name);
          const managed: AttributeImage = image({ title: 'old', department: 'old', proxyAddresses: ['smtp:x@y'] });
          const change = attributeChange(flow, object.kind, result.wanted, managed, {});
          const applied = { ...managed, ...change?.after };
          expect(attributeChange(flow, object.kind, result.wanted, applied, {})).toBeNull();
        }
      }),
      { numRuns: 200 },
    );
  });
});
