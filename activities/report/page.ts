import { errorCatalogue } from '../../rules/error-catalogue.ts';
import { forestWarnings } from '../../rules/forest-warnings.ts';
import type { ReportedError, ReportedObject } from '../../store/report-errors.ts';
import type { ReportedCase } from '../../store/report-waiting.ts';
import { chart } from './chart.ts';
import type { ReportContent } from './content.ts';
import { document, table } from './document.ts';
import { html, marked, type Html } from './html.ts';
import { momentText } from './subject.ts';
import { howItStands, TOTALS, whyItEnds } from './words.ts';

/** The page of a report for people: `report.html`. */
export function reportPage(content: ReportContent): string {
  return document(`Itasca: ${content.customer}, ${content.about.title}`, [
    heading(content),
    waiting(content),
    totals(content),
    trend(content),
    byCode(content),
    longest(content),
    conflicts(content),
    endings(content),
    reading(content),
    cycles(content),
    html`<p class="quiet">
      The files errors.csv, endings.csv, cases.csv, cycles.csv and trend.csv hold all of this for spreadsheets;
      remedies.html explains every code.
    </p>`,
  ]);
}

function heading({ customer, about, madeAt, settings }: ReportContent): Html {
  return html`<h1>${customer}: ${about.title}</h1>
    <p class="quiet">
      Made ${time(madeAt, settings.timeZone)} (${settings.timeZone}). What stands is told as of then; cycles are those
      of ${about.title}.
    </p> `;
}

function waiting({ lists, cases, totals: { waiting: open }, listed, settings }: ReportContent): Html {
  if (open === 0)
    return html`<h2>Waiting for an answer</h2>
      <p>Nothing.</p>`;
  return html`<h2>Waiting for an answer</h2>
    ${lists.map(
      ({ forest, run, changes, reasons, since, hash }) =>
        html`<div class="wait">
          <p>
            <b>Cycle ${run} of ${forest}: ${changes} changes</b>, since ${time(since, settings.timeZone)}. The operator
            looks at them by <code>itasca changes ${run}</code>; the list is <code>${hash}</code>.
          </p>
          <ul>
            ${reasons.map((reason) => html`<li>${reason}</li>`)}
          </ul>
        </div> `,
    )}${table(
      ['object', 'question', 'since'],
      cases.map((one) => [named(one), question(one), time(one.since, settings.timeZone)]),
    )}${more(open - lists.length - cases.length, 'cases.csv', listed)}`;
}

function question({ what, code, candidates }: ReportedCase): Html {
  const asked =
    what === 'join' ? 'Is one of these managed objects its?' : 'Is it one of these, whose services are there already?';
  return html`${code === null ? '' : `${code}: `}${asked}
  ${candidates.map(({ dn, rule }) => html`<br />${dn} (${rule})`)}`;
}

function totals({ totals: counts }: ReportContent): Html {
  return html`<h2>How it stands</h2>
    <div class="totals">
      ${(Object.keys(TOTALS) as readonly (keyof typeof TOTALS)[]).map(
        (name) => html`<div><b>${counts[name]}</b>${TOTALS[name]}</div>`,
      )}
    </div> `;
}

function trend({ trend: days, about, settings }: ReportContent): Html {
  return html`<h2>The ${settings.trend} days up to ${about.lastDay}</h2>
    ${chart({ title: 'Errors, as the last cycle of the day counted them', days: days.map(({ day, errors }) => ({ day, value: errors })) }, 'line')}
    ${chart({ title: 'Changes written to the Managed Forest and confirmed', days: days.map(({ day, confirmed }) => ({ day, value: confirmed })) }, 'bars')}
    ${chart({ title: 'Services provisioned', days: days.map(({ day, provisioned }) => ({ day, value: provisioned })) }, 'bars')} `;
}

function byCode({ codes, errors, settings }: ReportContent): Html {
  if (codes.length === 0)
    return html`<h2>Errors</h2>
      <p>No object is in error.</p>`;
  return html`<h2>Errors</h2>
    ${table(
      ['code', 'what', 'objects', 'since'],
      codes.map(({ code, objects, since }) => [
        html`<a href="#${code}">${code}</a>`,
        marked(errorCatalogue[code].title),
        objects,
        time(since, settings.timeZone),
      ]),
    )}${codes.map(({ code, objects }) => {
      const { title, condition, impact, remedy } = errorCatalogue[code];
      const shown = errors.filter((error) => error.code === code);
      return html`<h3 id="${code}">${code}: ${marked(title)}</h3>
        <p>${marked(condition)} <span class="quiet">${marked(impact)}</span></p>
        <p><b>Remedy:</b> ${marked(remedy)}</p>
        ${errorTable(shown, settings.timeZone)}${more(objects - shown.length, 'errors.csv', settings.perCode)}`;
    })}`;
}

function errorTable(errors: readonly ReportedError[], timeZone: string): Html {
  return table(
    ['object', 'what is wrong', 'since'],
    errors.map((error) => [
      named(error),
      html`${error.attribute === '' ? '' : `${error.attribute}: `}${error.details}${error.other === null ? '' : html`<br />The other object: ${named(error.other)}`}`,
      time(error.firstSeen, timeZone),
    ]),
  );
}

function longest({ longest: errors, settings }: ReportContent): Html {
  if (errors.length === 0) return html``;
  return html`<h2>Unresolved the longest</h2>
    ${table(
      ['since', 'code', 'object', 'what is wrong'],
      errors.map((error) => [
        time(error.firstSeen, settings.timeZone),
        html`<a href="#${error.code}">${error.code}</a>`,
        named(error),
        error.details,
      ]),
    )}`;
}

function conflicts({ conflicts: errors, listed }: ReportContent): Html {
  if (errors.length === 0) return html``;
  return html`<h2>Conflicts</h2>
    <p>Two objects are in each other's way.</p>
    ${table(
      ['code', 'object', 'the other object', 'about'],
      errors.map((error) => [
        html`<a href="#${error.code}">${error.code}</a>`,
        named(error),
        error.other === null ? null : named(error.other),
        html`${error.attribute === '' ? '' : `${error.attribute}: `}${error.details}`,
      ]),
    )}${errors.length < listed ? '' : html`<p class="quiet">The ${listed} oldest; errors.csv has all.</p>`}`;
}

function endings({ endings: ends, totals: { ending }, settings }: ReportContent): Html {
  if (ending === 0) return html``;
  return html`<h2>Services that end within ${settings.endsWithin}</h2>
    ${table(
      ['deadline', 'object', 'why', 'how it stands'],
      ends.map((end) => [
        end.deadline === null ? 'open' : time(end.deadline, settings.timeZone),
        named(end),
        whyItEnds(end),
        howItStands(end),
      ]),
    )}
    <p class="quiet">${ending} objects lose services in all: endings.csv.</p>`;
}

function reading({ warnings, domains, settings }: ReportContent): Html {
  if (warnings.length === 0 && domains.length === 0) return html``;
  const at = (moment: Date | null): string => (moment === null ? 'never' : momentText(moment, settings.timeZone));
  return html`<h2>Reading the Customer Forest</h2>
    ${table(
      ['domain', 'last read', 'how it stands'],
      domains.map(({ namingContext, readAt, staleSince, doubted }) => [
        namingContext,
        at(readAt),
        [
          ...(staleSince === null ? [] : [`can not be read since ${at(staleSince)}`]),
          ...(doubted ? ['what it did not hold is not believed to be gone'] : []),
        ].join('; '),
      ]),
    )}${table(
      ['domain', 'code', 'what', 'remedy', 'since'],
      warnings.map(({ namingContext, code, attribute, since }) => {
        const { title, remedy } = forestWarnings[code];
        return [
          namingContext,
          code,
          html`${marked(title)}${attribute === '' ? '' : `: ${attribute}`}`,
          marked(remedy),
          at(since),
        ];
      }),
    )}`;
}

function cycles({ cycles: listed, cycleTotals: counts, about, settings }: ReportContent): Html {
  return html`<h2>Cycles: ${about.title}</h2>
    <p>
      ${counts.cycles} cycles, ${counts.completed} of them completed and ${counts.failed} failed: ${counts.confirmed}
      changes confirmed, ${counts.provisioned} services provisioned. Below are those that changed something or did not
      come to their end.
    </p>
    ${table(
      ['cycle', 'forest', 'began', 'outcome', 'read', 'changed', 'confirmed', 'provisioned', 'errors'],
      listed.map((cycle) => [
        cycle.run,
        cycle.forest,
        time(cycle.startedAt, settings.timeZone),
        `${cycle.profile}, ${cycle.outcome ?? 'under way'}`,
        cycle.read,
        cycle.changed,
        cycle.confirmed,
        cycle.provisioned,
        cycle.errors,
      ]),
    )}`;
}

function time(moment: Date, timeZone: string): Html {
  return html`<time>${momentText(moment, timeZone)}</time>`;
}

/** An object, as a reader knows it. */
function named({ dn, displayName, mail }: ReportedObject): Html {
  const called = displayName ?? mail;
  if (called === null) return html`${dn}`;
  return html`${called}${displayName === null || mail === null ? '' : ` <${mail}>`}<br /><span class="quiet"
      >${dn}</span
    >`;
}

function more(count: number, file: string, listed: number): Html {
  return count <= 0
    ? html``
    : html`<p class="quiet">${count} more: the page lists up to ${listed}; ${file} has all.</p>`;
}
