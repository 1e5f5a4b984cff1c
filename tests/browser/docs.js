// docs.js - tests of the page at /api/docs in headless Chromium: node docs.js ADDRESS FOLDER-FOR-SCREENSHOTS
//
// Prints TAP. The instance at ADDRESS is a development one with its demo data.
'use strict';

const {chromium} = require('playwright-core');

const [address, folder] = process.argv.slice(2);
const patience = 15000; // milliseconds, many times what anything here takes

const tests = [];
const test = (sentence, run) => tests.push({sentence, run});

function equal(got, wanted, what) {
    if (got !== wanted)
        throw new Error(`${what}: wanted ${wanted}, got ${got}`);
}

// A page that remembers what it must not do; what signing in answers may be changed.
async function open(browser, settings, changeLogin) {
    const context = await browser.newContext({viewport: {width: 1280, height: 900}, ...settings});
    const page = await context.newPage();
    const complaints = [];

    page.setDefaultTimeout(patience);
    if (changeLogin)
        await page.route('**/api/auth/login', changeLogin);
    page.on('console', (message) => complaints.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('request', (request) => {
        const {protocol, origin} = new URL(request.url());

        if (protocol !== 'data:' && origin !== address)
            complaints.push(`foreign host: ${request.url()}`);
    });
    await page.exposeFunction('tellViolation', (text) => complaints.push(text));
    await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) => {
        window.tellViolation(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    }));
    await page.goto(`${address}/api/docs`);
    await page.locator('#sign-in:enabled').waitFor();
    return {page, complaints, close: () => context.close()};
}

async function signIn(page) {
    await page.click('#sign-in');
    await page.getByRole('button', {name: 'editor@example.com'}).click();
    await page.locator('#sign-out').waitFor();
}

// Opens an endpoint and sends it as the page proposes, with these parameters; the status and body that the page then shows.
async function tryOut(page, method, path, parameters = {}) {
    const block = page.locator('.opblock').filter({
        has: page.locator(`.opblock-summary-method:text-is("${method}") + * [data-path="${path}"]`),
    });

    if (await block.locator('.execute').count() === 0)
        await block.locator('.opblock-summary-control').click();
    for (const [name, value] of Object.entries(parameters))
        await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
    const answer = page.waitForResponse((response) => response.url().startsWith(`${address}/api${path.split('{')[0]}`));

    await block.locator('.execute').click();
    await answer;
    const row = block.locator('.live-responses-table tr.response');

    await row.waitFor();
    return {
        block,
        status: (await row.locator('.response-col_status').innerText()).split(/\s/)[0],
        body: await row.locator('.highlight-code pre').innerText(),
    };
}

test('two clicks sign in, and a request then made is answered', async (browser) => {
    const {page, complaints, close} = await open(browser);

    await signIn(page);
    equal(await page.innerText('#who'), 'editor@example.com', 'who is signed in');
    const {block, status, body} = await tryOut(page, 'GET', '/users/me');

    equal(status, '200', 'status');
    equal(JSON.parse(body).data.email, 'editor@example.com', 'whom the API knows');
    await block.scrollIntoViewIfNeeded();
    await page.screenshot({path: `${folder}/docs-request.png`});
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.screenshot({path: `${folder}/docs.png`});
    equal(complaints.join('; '), '', 'console, policy, hosts');
    await close();
});

test('an item is made, listed, read and changed as the page proposes', async (browser) => {
    const {page, complaints, close} = await open(browser);

    await signIn(page);
    const made = await tryOut(page, 'POST', '/items');

    equal(made.status, '201', 'status of making it');
    const id = `${JSON.parse(made.body).data.id}`;

    equal((await tryOut(page, 'POST', '/items')).status, '201', 'status of making another one');
    equal((await tryOut(page, 'GET', '/items')).status, '200', 'status of the list');
    equal((await tryOut(page, 'GET', '/items/{id}', {id})).status, '200', 'status of reading it');
    equal((await tryOut(page, 'PATCH', '/items/{id}', {id})).status, '200', 'status of changing it');
    equal((await tryOut(page, 'DELETE', '/items/{id}', {id})).status, '200', 'status of deleting it');
    equal(complaints.join('; '), '', 'console, policy, hosts');
    await close();
});

test('every endpoint of the document is on the page', async (browser) => {
    const {page, complaints, close} = await open(browser);
    const count = await page.evaluate(async () => {
        const {paths} = await (await fetch('/api/openapi.json')).json();
        const methods = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'];

        return Object.values(paths).flatMap(Object.keys).filter((key) => methods.includes(key)).length;
    });

    await page.locator('.opblock').nth(count - 1).waitFor();
    equal(await page.locator('.opblock').count(), count, 'endpoints');
    equal(complaints.join('; '), '', 'console, policy, hosts');
    await close();
});

test('the links of the bar lead to the groups', async (browser) => {
    const {page, close} = await open(browser);

    await page.locator('#groups a', {hasText: 'items'}).click();
    await page.waitForFunction(() => {
        const heading = document.querySelector('#operations-tag-items').getBoundingClientRect();

        return heading.top >= document.querySelector('header').offsetHeight - 1 && heading.bottom <= innerHeight;
    });
    await close();
});

test('a wrong password is refused in words, and a right one typed in signs in', async (browser) => {
    const {page, close} = await open(browser);
    const form = page.locator('#credentials');

    await page.click('#sign-in');
    await page.fill('#email', 'viewer@example.com');
    await page.fill('#password', 'not-the-password');
    await form.getByRole('button', {name: 'Sign in'}).click();
    await page.locator('#refusal', {hasText: 'wrong'}).waitFor();
    await page.fill('#password', 'viewer-password-1');
    await form.getByRole('button', {name: 'Sign in'}).click();
    await page.locator('#who', {hasText: 'viewer@example.com'}).waitFor();
    await close();
});

test('a token is renewed before it is over', async (browser) => {
    const {page, complaints, close} = await open(browser, {}, async (route) => {
        const answer = await route.fetch();
        const envelope = await answer.json();

        envelope.data.expires_in = 1;
        await route.fulfill({response: answer, json: envelope});
    });
    const renewed = page.waitForResponse((response) => response.url() === `${address}/api/auth/refresh`);

    await signIn(page);
    equal((await renewed).status(), 200, 'status of renewing');
    equal((await tryOut(page, 'GET', '/users/me')).status, '200', 'status');
    equal(await page.innerText('#who'), 'editor@example.com', 'who is signed in');
    equal(complaints.join('; '), '', 'console, policy, hosts');
    await close();
});

test('after signing out the session is over and the token is sent no more', async (browser) => {
    const {page, close} = await open(browser);

    await signIn(page);
    const ended = page.waitForResponse((response) => response.url() === `${address}/api/auth/logout`);

    await page.click('#sign-out');
    equal((await ended).status(), 200, 'status of signing out');
    equal(await page.innerText('#who'), 'Not signed in', 'who is signed in');
    const {status} = await tryOut(page, 'GET', '/users/me');

    equal(status, '401', 'status');
    await close();
});

test('the keyboard is enough', async (browser) => {
    const {page, close} = await open(browser);
    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);

    await page.keyboard.press('Tab');
    equal(await focused(), 'Skip to the endpoints', 'first stop');
    for (let stop = 0; stop < 20 && await focused() !== 'sign-in'; stop++)
        await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('#dialog[open]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#dialog:not([open])').waitFor({state: 'attached'});
    equal(await focused(), 'sign-in', 'where the focus is afterwards');
    await close();
});

test('on a phone nothing is wider than the screen', async (browser) => {
    const {page, complaints, close} = await open(browser, {viewport: {width: 360, height: 740}, isMobile: true, hasTouch: true});

    await signIn(page);
    await tryOut(page, 'GET', '/users/me');
    equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, 'pixels too wide');
    await page.screenshot({path: `${folder}/docs-phone.png`});
    equal(complaints.join('; '), '', 'console, policy, hosts');
    await close();
});

test('light and dark follow the system, also when it changes', async (browser) => {
    const {page, close} = await open(browser, {colorScheme: 'dark'});
    const looks = (isDark, paper) => page.waitForFunction(([dark, colour]) => {
        const root = document.documentElement;

        return root.classList.contains('dark-mode') === dark && getComputedStyle(root).backgroundColor === colour;
    }, [isDark, paper]);

    await looks(true, 'rgb(28, 32, 34)');
    await page.screenshot({path: `${folder}/docs-dark.png`});
    await page.emulateMedia({colorScheme: 'light'});
    await looks(false, 'rgb(255, 255, 255)');
    await close();
});

async function main() {
    // As root Chromium cannot make its sandbox; the page is our own.
    const asRoot = process.getuid() === 0 ? ['--no-sandbox'] : [];
    const browser = await chromium.launch({executablePath: process.env.KEEL_CHROMIUM || '/usr/bin/chromium', args: asRoot});

    for (const {sentence, run} of tests) {
        try {
            await run(browser);
            console.log(`ok - ${sentence}`);
        } catch (error) {
            console.log(`not ok - ${sentence}\n# ${error.message.replaceAll('\n', '\n# ')}`);
            process.exitCode = 1;
        }
    }
    await browser.close();
}

main().catch((error) => {
    console.log(`not ok - Chromium starts\n# ${error.message.replaceAll('\n', '\n# ')}`);
    process.exitCode = 1;
});
