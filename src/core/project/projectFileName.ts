/** Name of the project file, in the root of a workspace folder. */
export const projectFileName = 'pueue-preflight.json';

/** Longest text of one that is parsed: a person reads and approves it in full. */
export const longestText = 64_000;
