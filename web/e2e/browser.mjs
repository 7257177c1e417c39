// A real headless Chromium, and the few things the tests ask of it. Each browser has a new profile of its own.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const kArguments = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const kTimeoutMs = 10_000;
export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const hasChromium = existsSync(chromiumPath);
export const pictures = fileURLToPath(new URL('../../build/screenshots/', import.meta.url));

export const wide = { width: 1280, height: 900 };
export const narrow = { width: 390, height: 844 };

export async function launch() {
  await mkdir(pictures, { recursive: true });
  return chromium.launch({ executablePath: chromiumPath, headless: true, args: kArguments });
}

// A window with a language, colours and size. `complaints` collects what a healthy page never has: errors on the console,
// failed scripts, and requests to any other machine.
export async function open(browser, { address, language, theme = 'light', viewport = wide, storage }) {
  const context = await browser.newContext({ viewport, storageState: storage, colorScheme: theme, locale: 'en-US', reducedMotion: 'reduce' });
  await context.addInitScript(
    ([chosen, colours]) => {
      localStorage.setItem('furrow.language', chosen);
      localStorage.setItem('furrow.theme', colours);
    },
    [language, theme],
  );
  context.setDefaultTimeout(kTimeoutMs);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    // Asking who is signed in is answered 401 until somebody is; Chromium logs that reply as an error.
    if (message.location().url.endsWith('/v1/session') && message.text().includes('401')) return;
    complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith('data:') && !url.startsWith('blob:')) complaints.push(`request to ${url}`);
  });
  return { context, page, complaints };
}

// Waits until the page has its data: no skeleton left.
export async function settled(page) {
  await page.locator('h1').first().waitFor();
  while ((await page.locator('.loading').count()) > 0) await page.locator('.loading').first().waitFor({ state: 'detached' });
}

export async function picture(page, name) {
  await page.screenshot({ path: `${pictures}${name}.png`, fullPage: true });
}

// How far the page's content sticks out to the right of the window, in pixels.
export async function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
