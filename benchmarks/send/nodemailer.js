// Sends with nodemailer's pool, the way its manual shows: messages are handed over while it is idle.
//
//     node nodemailer.js MODULE BAG raw|composing
//
// Orders come on standard input, one a line, as JSON: {host, port, connections, count}. Each is
// answered with {seconds, cpu}. The process stays, so that it is warm when it is measured.
//
// raw: finished messages, as octets. composing: text and HTML, put together for each reader.

"use strict";

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");

const [, , modulePath, bagPath, manner] = process.argv;
const nodemailer = require(modulePath);
const bag = JSON.parse(fs.readFileSync(path.join(bagPath, "bag.json"), "utf8"));
const whole = bag.whole.map((each) => Buffer.from(each, "base64"));

function address(number) {
  return `reader${String(number).padStart(7, "0")}@example.com`;
}

function raw(number) {
  return {
    envelope: { from: bag.sender, to: address(number) },
    raw: whole[number % whole.length],
  };
}

function filled(text, number) {
  return text
    .replaceAll("[[greeting]]", `Dear Reader Number ${number},`)
    .replaceAll("[[unsubscribe_url]]", `https://news.example.org/u/AQEBAXxLlgLhNJ5pudf5sQ${number}`)
    .replaceAll("[[preferences_url]]", `https://news.example.org/p/AQIBrZirIj0fdtH4SVxSpQ${number}`);
}

function composing(number) {
  return {
    envelope: { from: bag.sender, to: address(number) },
    from: bag.from,
    to: { name: `Reader Number ${number}`, address: address(number) },
    subject: bag.subject,
    text: filled(bag.text, number),
    html: filled(bag.html, number),
    list: { unsubscribe: { url: `https://news.example.org/u/AQEBAXxLlgLhNJ5pudf5sQ${number}` } },
    headers: { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", Precedence: "bulk" },
  };
}

const make = { raw, composing }[manner];

function send({ host, port, connections, count }) {
  const pool = nodemailer.createTransport({
    pool: true,
    host,
    port,
    name: "office.example.org",
    secure: false,
    ignoreTLS: true,
    maxConnections: connections,
    maxMessages: Infinity,
  });
  return new Promise((resolve, reject) => {
    let next = 1;
    let accepted = 0;
    const handOver = () => {
      while (next <= count && pool.isIdle()) {
        pool.sendMail(make(next++), (fault) => {
          if (fault) {
            reject(fault);
          } else if (++accepted === count) {
            resolve();
          }
        });
      }
    };
    pool.on("error", reject);
    pool.on("idle", handOver);
    handOver();
  }).finally(() => pool.close());
}

async function measured(order) {
  const cpu = process.cpuUsage();
  const began = process.hrtime.bigint();
  await send(order);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const used = process.cpuUsage(cpu);
  return { seconds, cpu: (used.user + used.system) / 1e6 };
}

async function work() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await measured(JSON.parse(line))));
  }
}

work().catch((fault) => {
  console.error(fault);
  process.exit(1);
});
