import { z } from 'zod';

/** A duration with its unit: `30s`, `15m`, `12h`, `7d`. */
export const duration = z.string().regex(/^[1-9]\d{0,6}(?:s|m|h|d)$/, 'a duration with its unit: 30s, 15m, 12h or 7d');
