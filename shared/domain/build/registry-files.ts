/** Below a home: how package managers reach their registries. */
export const registryFiles = [
  ".npmrc",
  ".yarnrc",
  ".config/pip/pip.conf",
  ".pip/pip.conf",
  ".m2/settings.xml",
  ".gradle/gradle.properties",
  ".gradle/init.gradle",
  ".config/go/env",
  ".bundle/config",
  ".config/composer/config.json",
] as const;

/** What it is called where names hold no slash: a key of a Secret. */
export const keyOfRegistryFile = (file: (typeof registryFiles)[number]): string => file.replaceAll("/", "_");
