/** Versions of the pueue client, and what this extension knows about each. */

export interface PueueVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/**
 * Reads `pueue 4.0.4` (3.2 and later) and `Pueue client 3.0.0` (earlier); `null` where no such line stands in the text. A
 * wrapper may print versions of other things.
 */
export function parsePueueVersion(text: string): PueueVersion | null {
  const match = /^pueue(?: client)? (\d{1,4})\.(\d{1,4})\.(\d{1,4})/imu.exec(text);
  return match === null ? null : { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) };
}

export function formatVersion(version: PueueVersion): string {
  return `${version.major}.${version.minor}.${version.patch}`;
}

/** Negative where `one` is older than `other`, 0 where they are the same. */
export function compareVersions(one: PueueVersion, other: PueueVersion): number {
  return one.major - other.major || one.minor - other.minor || one.patch - other.patch;
}

/**
 * `unsupported`: 2.x and older, whose jobs have no creation time, so a job cannot be told from another that got its id.
 * `unfamiliar`: newer than any version whose states we know; shown, but never judged safe.
 */
export function versionSupport(version: PueueVersion): 'known' | 'unsupported' | 'unfamiliar' {
  if (version.major < 3) return 'unsupported';
  return version.major > 4 ? 'unfamiliar' : 'known';
}
