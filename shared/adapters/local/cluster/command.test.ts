import { argvOf } from "./command.ts";

test.each([
  ["node server.js", ["node", "server.js"]],
  ["  node   server.js  ", ["node", "server.js"]],
  ["java -Dname='a b' -jar \"my app.jar\"", ["java", "-Dname=a b", "-jar", "my app.jar"]],
  ["node server.js --port=3000", ["node", "server.js", "--port=3000"]],
  ["gunicorn -b 0.0.0.0:$PORT app:app", ["/bin/sh", "-c", "exec gunicorn -b 0.0.0.0:$PORT app:app"]],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's own syntax
  ["serve -p ${PORT:-80} .", ["/bin/sh", "-c", "exec serve -p ${PORT:-80} ."]],
  ["npm run migrate && npm start", ["/bin/sh", "-c", "npm run migrate && npm start"]],
  ["A=1 B='x y' node a.js", ["/bin/sh", "-c", "A=1 B='x y' exec node a.js"]],
  ["cd web && node a.js", ["/bin/sh", "-c", "cd web && node a.js"]],
  ['node -e "x', ["/bin/sh", "-c", 'exec node -e "x']],
])("%s", (command, argv) => {
  expect(argvOf(command)).toEqual(argv);
});
