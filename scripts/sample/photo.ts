/** Quantized at 8, a block's DC coefficient is its colour less 128; all other coefficients are zero. */
const QUANTUM = 8;
const SIDE = 96;
const BLOCKS = (SIDE / 8) ** 2;

/** Code lengths of the DC table: nine categories (0 to 8 bits), each with a code of 4 bits. */
const DC_TABLE = [0x00, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
/** The AC table knows only the end of a block, written as a single 0. */
const AC_TABLE = [0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00];

/** A valid baseline JPEG of 96 by 96 pixels, all of one colour (Y, Cb, Cr; 0 to 255 each): what thumbnailPhoto holds. */
export function photo(colour: readonly [luma: number, blue: number, red: number]): Buffer {
  const components = [1, 2, 3];
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, [...Buffer.from('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    segment(0xdb, [0, ...Array<number>(64).fill(QUANTUM)]),
    segment(0xc0, [8, 0, SIDE, 0, SIDE, 3, ...components.flatMap((id) => [id, 0x11, 0])]),
    segment(0xc4, [...DC_TABLE, ...AC_TABLE]),
    segment(0xda, [3, ...components.flatMap((id) => [id, 0]), 0, 63, 0]),
    scan(colour),
    Buffer.from([0xff, 0xd9]),
  ]);
}

function segment(marker: number, content: readonly number[]): Buffer {
  const length = content.length + 2;
  return Buffer.from([0xff, marker, length >> 8, length & 0xff, ...content]);
}

function scan(colour: readonly number[]): Buffer {
  const firstBlock = colour.map((value) => dcDifference(value - 128)).join('');
  const otherBlocks = dcDifference(0).repeat(3 * (BLOCKS - 1));
  const bits = firstBlock + otherBlocks;
  const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1').match(/.{8}/g) ?? [];
  // A byte FF of data is followed by 00, to tell it from a marker.
  return Buffer.from(bytes.map((byte) => parseInt(byte, 2)).flatMap((byte) => (byte === 0xff ? [0xff, 0] : [byte])));
}

/** The bits of a DC difference, from -128 to 127: its category's code, the value (one's complement if negative), end of block. */
function dcDifference(value: number): string {
  const category = value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value))) + 1;
  const magnitude = value < 0 ? value + 2 ** category - 1 : value;
  const bits = category === 0 ? '' : magnitude.toString(2).padStart(category, '0');
  return `${category.toString(2).padStart(4, '0')}${bits}0`;
}
