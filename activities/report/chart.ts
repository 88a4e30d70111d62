import { scaleBand, scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { html, type Html } from './html.ts';

/** A value of each day; null where there is none. */
export interface Series {
  readonly title: string;
  readonly days: readonly { readonly day: string; readonly value: number | null }[];
}

const WIDTH = 760;
const HEIGHT = 190;
const MARGIN = { top: 12, right: 12, bottom: 26, left: 56 };
const TICKS = 4;
/** Days of which the date is written below the axis, at the most. */
const DATES = 8;

/**
 * A chart of one value a day, as SVG: a line, or bars. Without scripts and style attributes, so that a strict policy lets it
 * be shown; a day without a value has no bar and no point.
 */
export function chart({ title, days }: Series, shape: 'line' | 'bars'): Html {
  const x = scaleBand(
    days.map(({ day }) => day),
    [MARGIN.left, WIDTH - MARGIN.right],
  ).padding(0.2);
  const known = days.flatMap(({ day, value }) => (value === null ? [] : [{ day, value }]));
  const greatest = Math.max(1, ...known.map(({ value }) => value));
  const y = scaleLinear([0, greatest], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(TICKS);
  const left = (day: string): number => x(day) ?? 0;
  const middle = (day: string): number => round(left(day) + x.bandwidth() / 2);
  const every = Math.ceil(days.length / DATES);
  const grid = y
    .ticks(TICKS)
    .filter(Number.isInteger)
    .map(
      (tick) =>
        html`<line
            x1="${MARGIN.left}"
            x2="${WIDTH - MARGIN.right}"
            y1="${round(y(tick))}"
            y2="${round(y(tick))}"
            class="grid"
          /><text x="${MARGIN.left - 8}" y="${round(y(tick) + 4)}" text-anchor="end">${tick}</text>`,
    );
  const dates = days
    .filter((_, index) => (days.length - 1 - index) % every === 0)
    .map(({ day }) => html`<text x="${middle(day)}" y="${HEIGHT - 8}" text-anchor="middle">${day.slice(5)}</text>`);
  return html`<figure>
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}: ${described(known)}">
      ${grid} ${dates} ${shape === 'bars' ? bars() : [path(), ...dots()]}
    </svg>
  </figure> `;

  function bars(): readonly Html[] {
    return known.map(
      ({ day, value }) =>
        html`<rect
          x="${round(left(day))}"
          width="${round(x.bandwidth())}"
          y="${round(y(value))}"
          height="${round(y(0) - y(value))}"
          class="bar"
          ><title>${day}: ${value}</title></rect
        >`,
    );
  }

  function path(): Html {
    const draw = line<(typeof days)[number]>()
      .defined(({ value }) => value !== null)
      .x(({ day }) => middle(day))
      .y(({ value }) => round(y(value ?? 0)));
    return html`<path d="${draw([...days]) ?? ''}" class="line" />`;
  }

  function dots(): readonly Html[] {
    return known.map(
      ({ day, value }) =>
        html`<circle cx="${middle(day)}" cy="${round(y(value))}" r="3" class="dot"
          ><title>${day}: ${value}</title></circle
        >`,
    );
  }
}

/** What the chart shows, for those who do not see it. */
function described(known: readonly { readonly day: string; readonly value: number }[]): string {
  const first = known[0];
  const last = known.at(-1);
  if (first === undefined || last === undefined) return 'nothing is known yet';
  return `${String(first.value)} on ${first.day}, ${String(last.value)} on ${last.day}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
