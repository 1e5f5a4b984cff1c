// answers.mjs - holds recorded requests and answers against the contract: answers.mjs CONTRACT ANSWERS
//
// ANSWERS has a JSON object in each line, as the API tests write it (KEEL_ANSWERS): route, target, status, head, body, and of
// successes the request. Prints one line for each kind of deviation; exit 1 when there is any.
import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

// Headers that say nothing of an endpoint.
const usual = new Set([
  "status", "content-type", "content-length", "cache-control", "vary", "x-content-type-options", "allow",
  "access-control-allow-origin", "access-control-expose-headers", "access-control-allow-methods",
  "access-control-allow-headers", "access-control-max-age",
]);
// Headers that an answer has now and then.
const occasional = new Set(["idempotency-replayed", "etag"]);

const contract = JSON.parse(readFileSync(process.argv[2], "utf8"));

function each(value, visit) {
  if (value === null || typeof value !== "object") return;
  visit(value);
  Object.values(value).forEach((member) => each(member, visit));
}

// What answers hold must be in the contract, not only fit to it: members that it does not name are refused. With `fields`, those
// that are always there otherwise may be missing.
function validator(name, partial) {
  const document = structuredClone(contract);
  each(document, (schema) => {
    if (schema.type === "object" && schema.properties && schema.additionalProperties === undefined)
      schema.additionalProperties = false;
  });
  if (partial)
    Object.values(document.components.schemas).forEach((schema) => delete schema.required);
  // What stands in a query is text until its schema says otherwise.
  const ajv = new Ajv.default({ allErrors: true, strict: false, multipleOfPrecision: 6, coerceTypes: name === "query" });
  addFormats.default(ajv);
  ajv.addFormat("password", true);
  // What stands around an address does not count.
  ajv.addFormat("email", /^ *[^ ]+@[^ ]+ *$/);
  ajv.addFormat("network", /^[0-9a-f.:]+(\/\d+)?$/i);
  ajv.addSchema(document, name);
  const compiled = new Map();
  return (pointer, value) => {
    if (!compiled.has(pointer)) compiled.set(pointer, ajv.compile({ $ref: `${name}#${pointer}` }));
    const validate = compiled.get(pointer);
    return validate(value) ? "" : ajv.errorsText(validate.errors);
  };
}

const whole = validator("whole", false);
const cut = validator("cut", true);
const query = validator("query", false);

const operations = new Map();
for (const [path, item] of Object.entries(contract.paths))
  for (const [method, operation] of Object.entries(item))
    operations.set(operation.operationId, { operation, pointer: `/paths/${escape(path)}/${method}` });

function escape(name) {
  return encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));
}

// The object that a place holds, and where it really is.
function find(pointer, object) {
  return object.$ref ? find(object.$ref.slice(1), at(object.$ref)) : { pointer, object };
}

function at(reference) {
  return reference.slice(2).split("/").reduce((value, name) => value[name], contract);
}

const deviations = new Map();

function deviate(answer, what) {
  const key = `${answer.route} ${answer.status}: ${what}`;
  const known = deviations.get(key);
  if (known) known.times++;
  else deviations.set(key, { times: 1, example: `${answer.target ?? ""} ${answer.request ?? ""} ${answer.body}`.slice(0, 300).trim() });
}

function checkHeaders(answer, response) {
  const declared = new Set(Object.keys(response.headers ?? {}).map((name) => name.toLowerCase()));
  const sent = new Set(answer.head.split("\r\n").filter(Boolean).map((line) => line.split(":")[0].toLowerCase()));
  for (const name of sent) if (!usual.has(name) && !declared.has(name)) deviate(answer, `header ${name} is not in the contract`);
  for (const name of declared) if (!occasional.has(name) && !sent.has(name)) deviate(answer, `header ${name} is missing`);
}

function checkBody(answer, pointer, response) {
  if (!answer.body) return;
  const said = /^content-type: *([^;\r\n]+)/im.exec(answer.head)?.[1];
  const type = Object.keys(response.content ?? {}).find((each) => each === said);
  if (!type) return deviate(answer, "has a body that is not in the contract");
  if (!/[/+]json$/.test(type)) return;
  const validate = /[?&]fields=/.test(answer.target ?? "") ? cut : whole;
  const wrong = validate(`${pointer}/content/${escape(type)}/schema`, JSON.parse(answer.body));
  if (wrong) deviate(answer, wrong);
}

function checkRequest(answer, operation, pointer) {
  if (answer.request && operation.requestBody?.content["application/json"]) {
    const wrong = whole(`${pointer}/requestBody/content/${escape("application/json")}/schema`, JSON.parse(answer.request));
    if (wrong) deviate(answer, `was taken, though ${wrong}`);
  }
  const sent = new URL(answer.target, "http://localhost").searchParams;
  (operation.parameters ?? []).forEach((each, index) => {
    const { pointer: place, object } = find(`${pointer}/parameters/${index}`, each);
    if (object.in !== "query" || !sent.has(object.name)) return;
    const text = sent.get(object.name);
    const wrong = query(`${place}/schema`, object.schema.type === "array" ? text.split(",") : text);
    if (wrong) deviate(answer, `parameter ${object.name} was taken, though ${wrong}`);
  });
}

const statuses = new Set();
let count = 0;
for await (const line of createInterface({ input: createReadStream(process.argv[3]) })) {
  const answer = JSON.parse(line);
  const found = operations.get(answer.route);
  count++;
  if (!answer.route) continue;
  if (!found) {
    deviate(answer, "is not in the contract");
    continue;
  }
  const declared = found.operation.responses[answer.status];
  if (!declared) {
    deviate(answer, "is not in the contract");
    continue;
  }
  statuses.add(`${answer.route} ${answer.status}`);
  const { pointer, object } = find(`${found.pointer}/responses/${answer.status}`, declared);
  checkHeaders(answer, object);
  checkBody(answer, pointer, object);
  if (answer.status < 300) checkRequest(answer, found.operation, found.pointer);
}

for (const [what, { times, example }] of deviations) console.log(`${what} (${times} times, e.g. ${example})`);
console.log(`${count} answers, ${statuses.size} of endpoint and status, ${deviations.size} deviations`);
process.exitCode = deviations.size || !count ? 1 : 0;
