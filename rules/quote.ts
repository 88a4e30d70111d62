/** UTF-16 units of a customer's value that a message shows. */
const SHOWN = 80;
/** Values of one attribute that a message shows. */
const LISTED = 5;

/** What can not be told by looking at it: control and format characters, and white space that is no plain space. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\u0085\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/**
 * A customer's value as an error message quotes it: long ones are cut, and what nobody can see is written as its code
 * point (`<U+00A0>`), so that an operator finds the no-break space and PostgreSQL takes the text.
 */
export function quoted(value: string): string {
  const shown = value.length > SHOWN ? wholeCharacters(value, SHOWN) : value;
  const visible = shown.replaceAll(INVISIBLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
  return value.length > SHOWN ? `"${visible}…" (${value.length} characters)` : `"${visible}"`;
}

/** Several values in one message: the first of them quoted, the others counted. */
export function quotedList(values: readonly string[]): string {
  const shown = values.slice(0, LISTED).map(quoted);
  const rest = values.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}

/** The first characters of a text, at most so many UTF-16 units, no surrogate pair split. */
export function wholeCharacters(text: string, units: number): string {
  const last = text.charCodeAt(units - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? units - 1 : units);
}
