/** A headless browser for VS Code's workbench. */
import { chromium, type Browser, type Page } from 'playwright-core';
import { findBrowser } from '../prepare/debianPackages';

/** These keep a browser in a closed network quiet. */
const quietArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** An open page and what it has said. */
export interface OpenPage {
  readonly page: Page;
  /** Console lines and page errors so far; some about the extension gallery are usual. */
  readonly messages: readonly string[];
  close(): Promise<void>;
}

/** Opens `address` and resolves when the workbench is drawn. */
export async function openPage(address: string): Promise<OpenPage> {
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error('There is no Chromium or Chrome on PATH');
  // Signals are this process's own matter: it takes the browser down with everything else.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  const browser = await chromium.launch({ executablePath, headless: true, args: quietArguments, ...signals });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const messages: string[] = [];
    page.on('console', (message) => messages.push(message.text()));
    page.on('pageerror', (error) => messages.push(error.message));
    await page.goto(address);
    await page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
    return { page, messages, close: () => leave(browser, page) };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** Leaving the page tells the server that its extension host is not wanted any more; a closed browser does not. */
async function leave(browser: Browser, page: Page): Promise<void> {
  if (!page.isClosed()) await page.goto('about:blank');
  await browser.close();
}
