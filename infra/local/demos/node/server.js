import { createServer } from "node:http";

const greeting = process.env.GREETING ?? "Hello from Pluvia";
const port = Number(process.env.PORT || 3000);

const escape = (text) => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

const page = (path) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escape(greeting)}</title>
<style>body { font: 1.25rem/1.5 system-ui; margin: 15vh auto; max-width: 36rem; padding: 0 1rem } code { background: #eee; padding: 0 .25em }</style>
<h1>${escape(greeting)}</h1>
<p>You asked for <code>${escape(path)}</code>. Set the variable <code>GREETING</code> and deploy again to change this page.</p>
`;

const server = createServer((request, response) => {
  const path = request.url ?? "/";
  if (path === "/health") return response.writeHead(200, { "content-type": "application/json" }).end('{"status":"well"}\n');
  console.log(`${request.method} ${path}`);
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page(path));
});

server.listen(port, () => console.log(`Listening on port ${port}`));

process.on("SIGTERM", () => {
  console.log("Asked to stop: finishing what is in flight");
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
