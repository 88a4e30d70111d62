import { z } from 'zod';

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const address = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):[1-9]\d{0,4}$/,
    'must be an address and a port, such as 127.0.0.1:9464 or [::1]:9464',
  )
  .transform((text): ListenAddress => {
    const colon = text.lastIndexOf(':');
    return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(colon + 1)) };
  })
  .refine(({ port }) => port <= 65_535, 'must have a port up to 65535');

/** Where a worker answers monitoring, by the names of the variables; nowhere by default (docs/monitoring.md). */
export const healthSettings = {
  ITASCA_HEALTH_ADDRESS: address.optional(),
  ITASCA_SDK_METRICS_ADDRESS: address.optional(),
};
