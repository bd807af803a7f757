import { gemOf } from "../support/gem.ts";

/** Small applications that need their language's registry. */
export interface LanguageSource {
  readonly tools: readonly (readonly string[])[];
  readonly files: Readonly<Record<string, string>> | (() => Readonly<Record<string, string | Buffer>>);
  readonly answer: string;
  /** Built twice: the second from the cache, to the same digest. */
  readonly isRepeated: boolean;
  /** Takes half a minute and more on two busy cores. */
  readonly isSlow?: true;
}

const pom = `<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example</groupId>
  <artifactId>hello</artifactId>
  <version>1.2.3</version>
  <packaging>jar</packaging>
  <properties>
    <maven.compiler.source>17</maven.compiler.source>
    <maven.compiler.target>17</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <build>
    <plugins>
      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>maven-jar-plugin</artifactId>
        <configuration>
          <archive><manifest><mainClass>com.example.Hello</mainClass></manifest></archive>
        </configuration>
      </plugin>
    </plugins>
  </build>
</project>
`;

const helloJava = `package com.example;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

public class Hello {
  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8080"));
    HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
    server.createContext("/", exchange -> {
      byte[] body = "Hello from Java".getBytes();
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
  }
}
`;

const helloGo = `package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/google/uuid"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "Hello from Go", uuid.NewSHA1(uuid.NameSpaceURL, []byte("hello")))
	})
	http.ListenAndServe(":"+os.Getenv("PORT"), nil)
}
`;

const gradle = [
  ["gradle", "--version"],
  ["javac", "-version"],
] as const;

const ruby = [
  ["ruby", "--version"],
  ["bundle", "--version"],
] as const;

const gemSpec = `Gem::Specification.new do |spec|
  spec.name = "greet"
  spec.version = "1.0.0"
  spec.summary = "Greets"
  spec.authors = ["A"]
  spec.files = ["lib/greet.rb"]
end
`;

const gemFiles = { "greet.gemspec": gemSpec, "lib/greet.rb": 'module Greet\n  TEXT = "Hello from a gem"\nend\n' };

const gemServer = `require "greet"
require "socket"
server = TCPServer.new("0.0.0.0", Integer(ENV.fetch("PORT", "4567")))
loop do
  client = server.accept
  client.gets
  client.write "HTTP/1.1 200 OK\\r\\ncontent-length: #{Greet::TEXT.length}\\r\\nconnection: close\\r\\n\\r\\n#{Greet::TEXT}"
  client.close
end
`;

const gemLock = `GEM
  remote: https://rubygems.org/
  specs:
    greet (1.0.0)

PLATFORMS
  ruby

DEPENDENCIES
  greet

BUNDLED WITH
   2.3.15
`;

const greeting = `package com.example.text;

public class Greeting {
  public static String text() {
    return "Hello from Gradle";
  }
}
`;

const helloGradle = helloJava
  .replace('"Hello from Java"', "com.example.text.Greeting.text()")
  .replace("public class Hello", "public class Main")
  .replaceAll('"Hello from Java"', "");

const composerJson = JSON.stringify({
  name: "example/hello",
  require: { "example/greet": "*" },
  repositories: [{ type: "path", url: "packages/greet" }, { "packagist.org": false }],
});

const composerFiles = {
  "packages/greet/composer.json": JSON.stringify({
    name: "example/greet",
    version: "1.0.0",
    autoload: { "psr-4": { "Example\\": "src/" } },
  }),
  "packages/greet/src/Greet.php": '<?php\nnamespace Example;\nclass Greet { const TEXT = "Hello from Composer"; }\n',
  "public/index.php": '<?php\nrequire __DIR__ . "/../vendor/autoload.php";\necho Example\\Greet::TEXT;\n',
};

const npm = [["npm", "--version"]] as const;

export const sources: Readonly<Record<string, LanguageSource>> = {
  "Node with npm packages": {
    tools: npm,
    isRepeated: true,
    answer: "Hello from Express",
    files: {
      "package.json": JSON.stringify({
        name: "hello",
        private: true,
        scripts: { start: "node server.js" },
        dependencies: { express: "4.21.2", ms: "2.1.3" },
      }),
      "server.js":
        "require('express')().get('/', (request, response) => response.send('Hello from Express')).listen(process.env.PORT || 3000);\n",
    },
  },
  "a Vite front end": {
    tools: npm,
    isRepeated: false,
    isSlow: true,
    answer: "<title>Hello from Vite</title>",
    files: {
      "package.json": JSON.stringify({
        name: "front",
        private: true,
        type: "module",
        scripts: { build: "vite build" },
        devDependencies: { vite: "6.3.5" },
      }),
      "index.html":
        '<!doctype html><html><head><title>Hello from Vite</title></head><body><script type="module" src="/main.js"></script></body></html>\n',
      "main.js": 'document.body.append("Hello");\n',
    },
  },
  "Python with pip packages": {
    tools: [["python3", "-m", "pip", "--version"]],
    isRepeated: true,
    answer: "Hello from Flask",
    files: {
      "requirements.txt": "flask==3.0.3\ngunicorn==22.0.0\n",
      "app.py":
        'from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/")\ndef hello():\n    return "Hello from Flask"\n',
    },
  },
  "Go with a module": {
    tools: [["go", "version"]],
    isRepeated: false,
    isSlow: true,
    answer: "Hello from Go",
    files: {
      "go.mod": "module example.com/hello\n\ngo 1.21\n\nrequire github.com/google/uuid v1.6.0\n",
      "go.sum":
        "github.com/google/uuid v1.6.0 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=\ngithub.com/google/uuid v1.6.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=\n",
      "main.go": helloGo,
    },
  },
  "Java with Maven": {
    tools: [
      ["mvn", "--version"],
      ["javac", "-version"],
    ],
    isRepeated: false,
    isSlow: true,
    answer: "Hello from Java",
    files: { "pom.xml": pom, "src/main/java/com/example/Hello.java": helloJava },
  },
  "Java with Gradle, an executable jar": {
    tools: gradle,
    isRepeated: false,
    isSlow: true,
    answer: "Hello from Java",
    files: {
      "build.gradle":
        "plugins { id 'java' }\nversion = '1.2'\njar { manifest { attributes 'Main-Class': 'com.example.Hello' } }\n",
      "src/main/java/com/example/Hello.java": helloJava,
    },
  },
  "Java with Gradle, an application of two projects": {
    tools: gradle,
    isRepeated: false,
    isSlow: true,
    answer: "Hello from Gradle",
    files: {
      "settings.gradle": "rootProject.name = 'hello'\ninclude 'app', 'text'\n",
      "app/build.gradle":
        "plugins {\n  id 'java'\n  id 'application'\n}\nmainClassName = 'com.example.Main'\ndependencies { compile project(':text') }\n",
      "app/src/main/java/com/example/Main.java": helloGradle,
      "text/build.gradle": "plugins { id 'java' }\n",
      "text/src/main/java/com/example/text/Greeting.java": greeting,
    },
  },
  "PHP with Composer": {
    tools: [
      ["php", "--version"],
      ["composer", "--version"],
    ],
    isRepeated: true,
    answer: "Hello from Composer",
    files: { "composer.json": composerJson, ...composerFiles },
  },
  "Ruby with a gem of the source": {
    tools: ruby,
    isRepeated: true,
    answer: "Hello from a gem",
    files: {
      Gemfile: 'gem "greet", path: "greet"\n',
      "app.rb": gemServer,
      ...Object.fromEntries(Object.entries(gemFiles).map(([name, text]) => [`greet/${name}`, text])),
    },
  },
  "Ruby with gems in vendor/cache and a lock": {
    tools: ruby,
    isRepeated: true,
    answer: "Hello from a gem",
    files: () => ({
      Gemfile: 'source "https://rubygems.org"\ngem "greet"\n',
      "Gemfile.lock": gemLock,
      "app.rb": gemServer,
      "vendor/cache/greet-1.0.0.gem": gemOf("greet-1.0.0", gemFiles),
    }),
  },
  "Ruby with gems in vendor/cache and no lock": {
    tools: ruby,
    isRepeated: true,
    answer: "Hello from a gem",
    files: () => ({
      Gemfile: 'source "https://rubygems.org"\ngem "greet"\n',
      "app.rb": gemServer,
      "vendor/cache/greet-1.0.0.gem": gemOf("greet-1.0.0", gemFiles),
    }),
  },
  "PHP without packages": {
    tools: [["php", "--version"]],
    isRepeated: false,
    answer: "Hello from PHP",
    files: { "index.php": '<?php echo "Hello from PHP";\n' },
  },
  "Ruby without packages": {
    tools: [["ruby", "--version"]],
    isRepeated: false,
    answer: "Hello from Ruby",
    files: {
      "app.rb":
        'require "socket"\nserver = TCPServer.new("0.0.0.0", Integer(ENV.fetch("PORT", "4567")))\nloop do\n  client = server.accept\n  client.gets\n  client.write "HTTP/1.1 200 OK\\r\\ncontent-length: 15\\r\\nconnection: close\\r\\n\\r\\nHello from Ruby"\n  client.close\nend\n',
    },
  },
};
