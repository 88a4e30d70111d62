import { errorCatalogue, type ErrorCode } from '../../rules/error-catalogue.ts';
import { document } from './document.ts';
import { html, marked } from './html.ts';

/** What every code means and what to do about it: `remedies.html`. */
export function remediesPage(): string {
  return document('Itasca: what the codes mean', [
    html`<h1>What the codes mean</h1>
      <p class="quiet">
        SE: the object is not synchronized. PE: a service is not given, changed or ended. Both go away by themselves
        with the cycle that finds the object mended.
      </p>`,
    ...(Object.keys(errorCatalogue) as readonly ErrorCode[]).map((code) => {
      const { title, kinds, condition, impact, remedy } = errorCatalogue[code];
      return html`<h2 id="${code}">${code}: ${marked(title)}</h2>
        <p class="quiet">${kinds.join(', ')}</p>
        <p>${marked(condition)}</p>
        <p>${marked(impact)}</p>
        <p><b>Remedy:</b> ${marked(remedy)}</p> `;
    }),
  ]);
}
