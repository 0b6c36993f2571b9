/** Text from elsewhere as a label that VS Code may draw icons in: of a quick pick, a status bar item, a terminal. */
import { visible } from '../core/text/visible';

/** Every character can be seen, and `$(name)` is no icon. */
export function plainLabel(text: string, cap?: number): string {
  return withoutIcons(visible(text, cap));
}

/** `$(name)` stays as it is written: VS Code takes the backslash away and draws no icon. */
export function withoutIcons(text: string): string {
  return text.replaceAll('$(', '\\$(');
}
