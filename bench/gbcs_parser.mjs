// Parses all messages with the public TypeScript parser, once for each line on stdin, and says how many it refused.
// node gbcs_parser.mjs MODULE INPUT: the built @smartdcc/gbcs-parser, and {messages: [base64], keys: {"EUI use": {certificate, privateKey}}}.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [modulePath, inputPath] = process.argv.slice(2);
const { parseGbcsMessage } = await import(pathToFileURL(modulePath));
const { messages, keys } = JSON.parse(readFileSync(inputPath, "utf8"));

const loaded = new Map();

// The parser asks for a key: EUI-64 as text or octets, KA or DS, and whether private or for prepayment.
async function lookup(eui, type, options) {
  const privateKey = options === true || Boolean(options?.privateKey);
  const use = options?.prePayment ? "pp-ka" : type.toLowerCase();
  const text = typeof eui === "string" ? eui.replace(/[^0-9a-fA-F]/g, "").toLowerCase() : Buffer.from(eui).toString("hex");
  const name = `${text} ${use} ${privateKey}`;
  if (!loaded.has(name)) {
    const held = keys[`${text} ${use}`];
    const pem = privateKey ? held?.privateKey : held?.certificate;
    if (!pem) throw new Error(`no ${name}`);
    loaded.set(name, privateKey ? createPrivateKey(pem) : new X509Certificate(pem).publicKey);
  }
  return loaded.get(name);
}

for await (const _ of createInterface({ input: process.stdin })) {
  let refused = 0;
  for (const message of messages) {
    try {
      await parseGbcsMessage(message, lookup);
    } catch {
      refused += 1;
    }
  }
  console.log(refused);
}
