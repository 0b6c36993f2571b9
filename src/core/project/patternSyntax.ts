/** Whether a pattern of labels or file names is well formed. What it matches is another matter. */

/** Literals, and parameters in braces; braces stand for nothing else. */
export const patternForm = /^(?:[^{}]|\{[A-Za-z_][A-Za-z0-9_]*\})*$/u;

/** Whether one parameter stands in a pattern twice. */
export function repeatsParameter(pattern: string): boolean {
  const names = pattern.match(/\{[^{}]*\}/gu) ?? [];
  return new Set(names).size < names.length;
}
