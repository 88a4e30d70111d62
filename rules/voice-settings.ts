import { z } from 'zod';
import { distinguishedName } from './dn-settings.ts';
import { attributeName } from './flow-settings.ts';
import { VOICE_FEATURES, type VoiceFeature } from './voice-value.ts';

/**
 * What the bits mean where the configuration does not say: those of msRTCSIP-OptionFlags as they are there, and above them
 * what has attributes of its own.
 */
const STANDARD_BITS: Readonly<Record<string, VoiceFeature>> = {
  1: 'publicIm',
  16: 'remoteCallControl',
  64: 'anonymousMeetings',
  128: 'enterpriseVoice',
  256: 'enhancedPresence',
  512: 'dualMode',
  1024: 'federation',
  2048: 'remoteAccess',
  4096: 'archiveInternal',
  8192: 'archiveFederated',
};

/** Lync / Skype for Business of one customer. */
export const voiceSchema = z.strictObject({
  bitmapAttribute: attributeName.describe(
    'Source attribute whose number says by its bits which features of Lync / Skype for Business a user has; absent or 0: none, no voice',
  ),
  stringAttribute: attributeName
    .optional()
    .describe('Source attribute with KEY=VALUE pairs beside the bitmap: TYPE=LRS, REG=EU, LINE=+4989123, EXT=12'),
  lineAttribute: attributeName
    .optional()
    .describe(
      'Source attribute with the telephone number of who has Enterprise Voice or remote call control and no LINE=, in its international form; another form counts as no number',
    ),
  bits: z
    .record(
      z.string().regex(/^[1-9]\d{0,9}$/, 'a power of two up to 1073741824'),
      z.enum(VOICE_FEATURES).describe('The feature that this bit stands for'),
    )
    .default(STANDARD_BITS)
    .describe('What the bits of the bitmap attribute stand for, by their value'),
  pools: z
    .record(
      z.string().regex(/^[A-Z]{2,8}$/, 'a region in capitals, such as EU'),
      distinguishedName.describe('The pool of this region'),
    )
    .describe('Distinguished name of the pool (its Lc Services object) per region; chosen once for each user and kept'),
  defaultRegion: z.string().describe('Region of a user without REG= in the string attribute'),
  deploymentLocator: z.string().min(1).default('SRV:').describe('Value of msRTCSIP-DeploymentLocator'),
  withoutMailbox: z
    .enum(['keep', 'end'])
    .default('keep')
    .describe('Whether voice goes on for a user who has, or is to have, no mailbox'),
});

export type VoiceConfiguration = z.output<typeof voiceSchema>;

/** What contradicts itself in the voice settings, with its place below `voice`. */
export function* voiceFaults({
  bits,
  pools,
  defaultRegion,
}: VoiceConfiguration): Generator<{ path: readonly string[]; message: string }> {
  if (!Object.hasOwn(pools, defaultRegion))
    yield { path: ['defaultRegion'], message: `the region ${defaultRegion} is not among voice.pools` };
  const named = new Set<VoiceFeature>();
  for (const [bit, feature] of Object.entries(bits)) {
    if (Number(bit) > 2 ** 30 || !Number.isInteger(Math.log2(Number(bit))))
      yield { path: ['bits', bit], message: 'is not a power of two up to 1073741824' };
    if (named.has(feature)) yield { path: ['bits', bit], message: `${feature} has two bits` };
    named.add(feature);
  }
}

/** The source attributes that decide about voice. */
export function voiceAttributes(voice: VoiceConfiguration | undefined): readonly string[] {
  if (voice === undefined) return [];
  return [voice.bitmapAttribute, voice.stringAttribute, voice.lineAttribute].filter((name) => name !== undefined);
}
