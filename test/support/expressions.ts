import fc from 'fast-check';

/** Expressions of every operator and function, nested; with a variable where there is none, and a type that does not fit. */
export const { any: anyExpression } = fc.letrec<Record<'any' | 'text' | 'list' | 'number' | 'truth', string>>((tie) => {
  const [text, list, number, truth] = [tie('text'), tie('list'), tie('number'), tie('truth')];
  const made = (form: string, ...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.tuple(...parts).map((values) => values.reduce((whole, value) => whole.replace('_', () => value), form));
  const options = { maxDepth: 3, depthIdentifier: 'expression' };
  return {
    text: fc.oneof(
      options,
      fc.constantFrom('value.sn', 'value.info', 'kind', 'dn', 'v', '""', '"@"', '"ß"'),
      ...['_.lower()', '_.upper()', '_.trim()', 'string(_.size())'].map((form) => made(form, text)),
      made('_ + _', text, text),
      made('_.cut(_)', text, number),
      made('_.substring(_)', text, number),
      made('_.replace(_, _)', text, text, text),
      made('_.join(_)', list, text),
      made('_[_]', list, number),
      made('(_ ? _ : _)', truth, text, text),
    ),
    list: fc.oneof(
      options,
      fc.constantFrom('values.url', 'values.otherTelephone', 'ou', '["a", "A"]'),
      ...['_.lower()', '_.upper()', '_.present()'].map((form) => made(form, list)),
      made('(_ + _)', list, list),
      made('[_, _]', text, text),
      made('_.split(_)', text, text),
      made('_.map(v, _)', list, text),
      made('_.map(v, _, _)', list, truth, text),
      made('_.filter(v, _)', list, truth),
      made('_.map(v, _)[_]', list, list, number),
      made('_.map(v, _).map(w, w.join(_))', list, list, text),
    ),
    number: fc.oneof(
      options,
      fc.constantFrom('0', '1', '-1', '9223372036854775807'),
      made('_.size()', list),
      made('_.indexOf(_)', text, text),
      made('int(_)', text),
      made('(_ + _)', number, number),
      made('(_ / _)', number, number),
    ),
    truth: fc.oneof(
      options,
      made('_ == _', text, text),
      made('_.contains(_)', text, text),
      made('_ in _', text, list),
      made('_.exists(v, _)', list, truth),
      made('_.all(v, _)', list, truth),
      made('!(_)', truth),
      made('(_ && _)', truth, truth),
      made('_ < _', number, number),
    ),
    any: fc.oneof(text, list, number, truth, made('_ + _', list, text)),
  };
});
