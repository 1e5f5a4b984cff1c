// page.js - the page at /api/docs: Swagger UI, the bar above it, and signing in
'use strict';

const api = document.body.dataset.api;
const element = (id) => document.getElementById(id);

let ui; // Swagger UI
let scheme; // the name of the document's security scheme that takes our token
let session; // what signing in gave; null: nobody is signed in
let renewal; // the timer that asks for the next token

// Swagger UI has a dark look and leaves it to the page when to wear it.
function followSystem() {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const apply = () => document.documentElement.classList.toggle('dark-mode', dark.matches);

    dark.addEventListener('change', apply);
    apply();
}

// One link per group of endpoints, as the document names them.
function showGroups(description) {
    const links = (description.tags || []).map(({name}) => {
        const link = document.createElement('a');

        link.href = `#operations-tag-${name}`;
        link.textContent = name;
        return link;
    });

    element('groups').replaceChildren(...links);
}

function findScheme(description) {
    const schemes = Object.entries((description.components || {}).securitySchemes || {});
    const bearer = schemes.find(([, one]) => one.type === 'http' && one.scheme.toLowerCase() === 'bearer');

    return bearer && bearer[0];
}

// Swagger UI would send the examples of header fields with every request tried: a version that the row does not have, or
// the key of a request that was made before.
function withoutHeaderExamples(value) {
    if (Array.isArray(value))
        return value.map(withoutHeaderExamples);
    if (value === null || typeof value !== 'object')
        return value;
    const {example, ...others} = value;
    const kept = value.in === 'header' ? others : value;

    return Object.fromEntries(Object.entries(kept).map(([key, one]) => [key, withoutHeaderExamples(one)]));
}

// Our word in Swagger UI: the document is changed before it is shown, and a list of 64-bit integers is typed in as texts
// are, for which the package has no field of its own and says so on the console.
function adapt({React, getComponent}) {
    const updateJsonSpec = (original) => (description) => original(withoutHeaderExamples(description));

    return {
        statePlugins: {spec: {wrapActions: {updateJsonSpec}}},
        components: {
            JsonSchema_integer_int64: (props) => React.createElement(getComponent('JsonSchema_string'), props),
        },
    };
}

function begin() {
    const description = ui.specSelectors.specJson().toJS();

    scheme = findScheme(description);
    element('sign-in').disabled = !scheme;
    showGroups(description);
}

// Who is signed in, in words; '' for nobody.
function showCaller(email, words) {
    element('who').textContent = words;
    element('sign-in').hidden = email !== '';
    element('sign-out').hidden = email === '';
}

async function ask(path, body, headers = {}) {
    const answer = await fetch(`${api}${path}`, {
        method: 'POST',
        headers: {'Content-Type': 'application/json', ...headers},
        body: JSON.stringify(body),
    });
    const envelope = await answer.json();

    if (!envelope.success)
        throw new Error(envelope.error.message);
    return envelope.data;
}

// The tokens stay in memory: nothing is left in the browser when the page is closed.
function useSession(given) {
    session = given;
    clearTimeout(renewal);
    renewal = setTimeout(renew, session.expires_in * 900); // milliseconds: when nine tenths of its time are over
    ui.preauthorizeApiKey(scheme, session.token);
    showCaller(session.user.email, session.user.email);
}

function forgetSession(words) {
    session = null;
    clearTimeout(renewal);
    ui.authActions.logout([scheme]);
    showCaller('', words);
}

async function renew() {
    const before = session;

    try {
        const next = await ask('/auth/refresh', {refresh_token: before.refresh_token});

        if (session === before)
            useSession(next);
    } catch {
        if (session === before)
            forgetSession('The session is over');
    }
}

async function signOut() {
    const {token} = session;

    forgetSession('Not signed in');
    try {
        await ask('/auth/logout', {}, {Authorization: `Bearer ${token}`});
    } catch {
        // It is over here in any case, and there by itself after a while.
    }
}

async function signIn(email, password) {
    element('refusal').textContent = '';
    try {
        const given = await ask('/auth/login', {email, password});

        if (!given.token)
            throw new Error('This account has a second factor: get a token by the endpoints of auth, and give it to one of the locks.');
        useSession(given);
        element('dialog').close();
    } catch (error) {
        element('refusal').textContent = error.message;
    }
}

// "admin@example.com:password ...": given by a development instance alone, whose accounts everybody knows.
function showDemoAccounts() {
    const accounts = document.body.dataset.demoAccounts.split(' ').filter(Boolean);
    const buttons = accounts.map((account) => {
        const colon = account.indexOf(':');
        const email = account.slice(0, colon);
        const button = document.createElement('button');

        button.type = 'button';
        button.textContent = email;
        button.addEventListener('click', () => signIn(email, account.slice(colon + 1)));
        return button;
    });

    element('demo-accounts').replaceChildren(...buttons);
    element('demo').hidden = buttons.length === 0;
}

function openDialog() {
    element('refusal').textContent = '';
    element('credentials').reset();
    element('dialog').showModal();
}

function submitCredentials(event) {
    event.preventDefault();
    signIn(element('email').value, element('password').value);
}

followSystem();
showDemoAccounts();
element('sign-in').disabled = true; // until the document is there
element('sign-in').addEventListener('click', openDialog);
element('sign-out').addEventListener('click', signOut);
element('cancel').addEventListener('click', () => element('dialog').close());
element('credentials').addEventListener('submit', submitCredentials);
ui = SwaggerUIBundle({
    url: `${api}/openapi.json`,
    domNode: element('reference'),
    onComplete: begin,
    plugins: [adapt],
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null, // the default asks a foreign host
});
