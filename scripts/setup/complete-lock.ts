/** What is looked at of a package in package-lock.json. */
export interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

const SYSTEMS = ['linux', 'darwin', 'win32', 'android', 'freebsd', 'openharmony'];
const PROCESSORS = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 's390x', 'riscv64', 'loong64'];
const LIBRARIES: Readonly<Record<string, string>> = {
  gnu: 'glibc',
  gnueabihf: 'glibc',
  musl: 'musl',
  musleabihf: 'musl',
};

/** The optional packages that a lock names and does not hold, by the package that names them. */
export function missingOptional({
  packages,
}: Lock): readonly (readonly [owner: string, name: string, version: string])[] {
  return Object.entries(packages).flatMap(([owner, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies).flatMap(([name, version]) =>
      foldersAbove(owner).some((folder) => `${folder}node_modules/${name}` in packages)
        ? []
        : [[owner, name, version] as const],
    ),
  );
}

/** Where a package in this folder finds others: beside it, and in every folder above. */
function foldersAbove(folder: string): readonly string[] {
  const folders = [''];
  for (let end = folder.length; end > 0; end = folder.lastIndexOf('node_modules/', end - 1))
    folders.push(end === folder.length ? `${folder}/` : folder.slice(0, end));
  return folders;
}

/**
 * A lock with the optional packages that it names and does not hold, each for the platform that its name tells. Only exact versions
 * are added: what a range means is the registry's to say.
 */
export function completedLock<L extends Lock>(lock: L): { readonly lock: L; readonly added: readonly string[] } {
  const missing = missingOptional(lock).filter(([, , version]) => /^\d+\.\d+\.\d+$/.test(version));
  const entries = missing.map(([owner, name, version]) => {
    const parts = name.split(/[-/]/);
    const library = parts.map((part) => LIBRARIES[part]).find((part) => part !== undefined);
    const only = (known: readonly string[]): string[] => parts.filter((part) => known.includes(part)).slice(-1);
    return [
      `node_modules/${name}`,
      {
        version,
        cpu: only(PROCESSORS),
        ...(lock.packages[owner]?.dev === true ? { dev: true } : {}),
        ...(library === undefined || !parts.includes('linux') ? {} : { libc: [library] }),
        optional: true,
        os: only(SYSTEMS),
      },
    ] as const;
  });
  const sorted = Object.entries({ ...lock.packages, ...Object.fromEntries(entries) }).sort(([one], [other]) =>
    one < other ? -1 : 1,
  );
  return { lock: { ...lock, packages: Object.fromEntries(sorted) }, added: missing.map(([, name]) => name) };
}
