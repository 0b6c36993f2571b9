/** Text from elsewhere for what VS Code draws icons or links in: a quick pick, a status bar item, a terminal, a notification. */
import { visible } from '../core/text/visible';

/** Every character can be seen, and `$(name)` is no icon. */
export function plainLabel(text: string, cap?: number): string {
  return withoutIcons(visible(text, cap));
}

/** `$(name)` stays as it is written: VS Code takes the backslash away and draws no icon. */
export function withoutIcons(text: string): string {
  return text.replaceAll('$(', '\\$(');
}

/** VS Code makes links, command links too, of `[text](target)` in a notification and in the prompt of an input box. */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}
