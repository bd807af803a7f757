import { fillComposer, fillGems, fillGo, fillMaven, fillNpm, fillPip } from "../support/package-mirrors.ts";

type Files = Readonly<Record<string, string>>;

/** A small application with a dependency that its package manager fetches. */
export interface LanguageProject {
  /** What this machine must have to fill the mirror and to make the builder's image. */
  readonly tools: readonly (readonly string[])[];
  /** Debian packages of the builder's image. */
  readonly packages: readonly string[];
  readonly files: Files;
  /** Puts what it depends on into the mirrors at `root`, which pods reach at `url`. */
  readonly fill: (root: string, url: string) => Promise<void> | void;
  /** A path of the mirrors that only its build asks for. */
  readonly fetched: string;
  readonly answer: string;
}

const codec = { group: "commons-codec", version: "1.16.0" };

const pom = `<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example</groupId>
  <artifactId>hello</artifactId>
  <version>1.2.3</version>
  <properties>
    <maven.compiler.source>11</maven.compiler.source>
    <maven.compiler.target>11</maven.compiler.target>
  </properties>
  <dependencies>
    <dependency>
      <groupId>${codec.group}</groupId>
      <artifactId>${codec.group}</artifactId>
      <version>${codec.version}</version>
    </dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>maven-shade-plugin</artifactId>
        <version>3.5.1</version>
        <executions>
          <execution>
            <phase>package</phase>
            <goals><goal>shade</goal></goals>
            <configuration>
              <createDependencyReducedPom>false</createDependencyReducedPom>
              <transformers>
                <transformer implementation="org.apache.maven.plugins.shade.resource.ManifestResourceTransformer">
                  <mainClass>com.example.Hello</mainClass>
                </transformer>
              </transformers>
            </configuration>
          </execution>
        </executions>
      </plugin>
    </plugins>
  </build>
</project>
`;

/** Its text is not ASCII, and nothing says how the file is encoded: the builder's locale does. */
const helloJava = (name: string) => `package com.example;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import org.apache.commons.codec.binary.Hex;

public class Hello {
  public static void main(String[] arguments) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(System.getenv("PORT"))), 0);
    server.createContext("/", exchange -> {
      byte[] body = ("Grüße von ${name} " + Hex.encodeHexString(new byte[] { 42 })).getBytes("UTF-8");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
  }
}
`;

const mavenFiles: Files = { "pom.xml": pom, "src/main/java/com/example/Hello.java": helloJava("Maven") };
const gradleFiles: Files = {
  "settings.gradle": "rootProject.name = 'hello'\n",
  "build.gradle": `plugins {
  id 'java'
  id 'application'
}
mainClassName = 'com.example.Hello'
repositories { mavenCentral() }
dependencies { implementation '${codec.group}:${codec.group}:${codec.version}' }
`,
  "src/main/java/com/example/Hello.java": helloJava("Gradle"),
};
const codecJar = `/maven/${codec.group}/${codec.group}/${codec.version}/${codec.group}-${codec.version}.jar`;

const goFiles: Files = {
  "go.mod": "module example.com/hello\n\ngo 1.21\n\nrequire github.com/google/uuid v1.6.0\n",
  "go.sum":
    "github.com/google/uuid v1.6.0 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=\ngithub.com/google/uuid v1.6.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=\n",
  "main.go": `package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/google/uuid"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "Hello from Go ", uuid.Nil)
	})
	http.ListenAndServe(":"+os.Getenv("PORT"), nil)
}
`,
};

const gemServer = `#!/usr/bin/env ruby
require "greet"
require "socket"
server = TCPServer.new("0.0.0.0", Integer(ENV.fetch("PORT")))
loop do
  client = server.accept
  client.gets
  client.write "HTTP/1.1 200 OK\\r\\ncontent-length: #{Greet::TEXT.bytesize}\\r\\nconnection: close\\r\\n\\r\\n#{Greet::TEXT}"
  client.close
end
`;
const gem: Files = {
  "greet.gemspec": `Gem::Specification.new do |spec|
  spec.name = "greet"
  spec.version = "1.0.0"
  spec.summary = "Greets"
  spec.authors = ["A"]
  spec.bindir = "bin"
  spec.executables = ["greet-serve"]
  spec.files = ["lib/greet.rb", "bin/greet-serve"]
end
`,
  "lib/greet.rb": 'module Greet\n  TEXT = "Grüße von Bundler"\nend\n',
  "bin/greet-serve": gemServer,
};

const composerPackage: Files = {
  "composer.json": JSON.stringify({ name: "example/greet", version: "1.0.0", autoload: { "psr-4": { "Example\\": "src/" } } }),
  "src/Greet.php": '<?php\nnamespace Example;\nclass Greet { const TEXT = "Hello from Composer"; }\n',
};

const javac = ["javac", "-version"];
const maven = ["mvn", "--version"];

export const languageProjects: Readonly<Record<string, LanguageProject>> = {
  // The first takes longest, as it compiles its standard library.
  "Go with modules": {
    tools: [["go", "version"]],
    packages: ["golang-go"],
    files: goFiles,
    fill: (root) => fillGo(root, goFiles),
    fetched: "/go/github.com/google/uuid/@v/v1.6.0.zip",
    answer: "Hello from Go 00000000-0000-0000-0000-000000000000",
  },
  "Java with Maven": {
    tools: [maven, javac],
    packages: ["maven", "java-sdk-headless"],
    files: mavenFiles,
    fill: (root) => fillMaven(root, mavenFiles),
    fetched: "/maven/org/apache/maven/plugins/maven-shade-plugin/3.5.1/maven-shade-plugin-3.5.1.jar",
    answer: "Grüße von Maven 2a",
  },
  "Java with Gradle": {
    tools: [["gradle", "--version"], maven, javac],
    packages: ["gradle", "java-sdk-headless"],
    files: gradleFiles,
    // The Maven project has the same dependency.
    fill: () => undefined,
    fetched: codecJar,
    answer: "Grüße von Gradle 2a",
  },
  "Ruby with Bundler": {
    tools: [
      ["ruby", "--version"],
      ["bundle", "--version"],
    ],
    packages: ["ruby", "bundler"],
    files: { Gemfile: 'source "https://gems.example.com"\ngem "greet" # Grüße\n', Procfile: "web: bundle exec greet-serve\n" },
    fill: (root) => fillGems(root, { "greet-1.0.0": gem }),
    fetched: "/gems/gems/greet-1.0.0.gem",
    answer: "Grüße von Bundler",
  },
  "PHP with Composer": {
    tools: [
      ["php", "--version"],
      ["composer", "--version"],
    ],
    packages: ["php-cli", "composer"],
    files: {
      "composer.json": JSON.stringify({ name: "example/hello", require: { "example/greet": "^1.0" } }),
      "public/index.php": '<?php\nrequire __DIR__ . "/../vendor/autoload.php";\necho Example\\Greet::TEXT;\n',
    },
    fill: (root, url) => fillComposer(root, url, composerPackage),
    fetched: "/composer/package.zip",
    answer: "Hello from Composer",
  },
  "Python with pip": {
    tools: [["/usr/bin/python3", "-m", "pip", "--version"]],
    packages: ["python3", "python3-pip"],
    files: {
      "requirements.txt": "gunicorn==22.0.0\n",
      Procfile: "web: gunicorn app:app --bind 0.0.0.0:$PORT\n",
      "app.py": `def app(environ, start_response):
    start_response("200 OK", [("content-type", "text/plain")])
    return [b"Hello from gunicorn"]
`,
    },
    fill: (root) => fillPip(root, ["gunicorn==22.0.0"]),
    fetched: "/pip/gunicorn-22.0.0-py3-none-any.whl",
    answer: "Hello from gunicorn",
  },
  "Node with npm": {
    tools: [["npm", "--version"]],
    packages: [],
    files: {
      "package.json": JSON.stringify({
        name: "hello",
        private: true,
        scripts: { start: "node server.js" },
        dependencies: { greet: "1.0.0" },
      }),
      "server.js": 'require("http").createServer((q, s) => s.end(require("greet"))).listen(process.env.PORT);\n',
    },
    fill: (root, url) => fillNpm(root, url, { name: "greet", version: "1.0.0" }),
    fetched: "/npm/greet-1.0.0.tgz",
    answer: "Hello from greet",
  },
};
