// Generated from infra/kubernetes/pluvia-agents by infra/tools/generate-chart.ts (npm run golden). Do not edit.

/** The agents' chart: its files, and its values as data. */
export const chartFiles: Readonly<Record<string, string>> = {
  "Chart.yaml": "apiVersion: v2\nname: pluvia-agents\ndescription: The agents that make this cluster a data center of a Pluvia team.\ntype: application\nversion: 0.1.0\nappVersion: 0.1.0\nkubeVersion: \">= 1.20.0-0\"\n",
  "templates/agents.yaml": "{{- /*\nThe agents of a data center. Helm renders this file, and so does the platform for `kubectl apply` (shared/domain/chart.ts): it may use\nvalues, `quote`, `if` and `else`, and nothing else of Helm.\n*/ -}}\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: {{ .Release.Namespace }}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: pluvia-agents\n  namespace: {{ .Release.Namespace }}\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: pluvia-join\n  namespace: {{ .Release.Namespace }}\ntype: Opaque\nstringData:\n  token: {{ .Values.joinToken | quote }}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: pluvia-agents\n  namespace: {{ .Release.Namespace }}\n  labels:\n    app.kubernetes.io/name: pluvia-agents\n    app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}\n  annotations:\n    pluvia.io/data-center: {{ .Values.dataCenter | quote }}\nspec:\n  replicas: {{ .Values.replicas }}\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: pluvia-agents\n  template:\n    metadata:\n      labels:\n        app.kubernetes.io/name: pluvia-agents\n    spec:\n      serviceAccountName: pluvia-agents\n      containers:\n        - name: agents\n          image: {{ .Values.image | quote }}\n          env:\n            - name: PLUVIA_CLOUD_URL\n              value: {{ .Values.cloudUrl | quote }}\n            - name: PLUVIA_JOIN_TOKEN\n              valueFrom:\n                secretKeyRef:\n                  name: pluvia-join\n                  key: token\n            {{- if .Values.proxyUrl }}\n            - name: HTTPS_PROXY\n              value: {{ .Values.proxyUrl | quote }}\n            {{- end }}\n",
  "values.yaml": "# Where the agents find the platform. They only dial out; nothing has to reach them from there.\ncloudUrl: \"\"\n# Good once, for 24 hours. After the agents have joined it is worthless, and may be left out of an upgrade.\njoinToken: \"\"\n# Id of the data center, for people who look at the cluster.\ndataCenter: \"\"\nimage: ghcr.io/pluvia/agents:0.1.0\nreplicas: 2\n# A proxy to the platform, where the cluster needs one: http://proxy.example.org:3128\nproxyUrl: \"\"\n"
};
export const chartValues: Readonly<Record<string, unknown>> = {
  "cloudUrl": "",
  "joinToken": "",
  "dataCenter": "",
  "image": "ghcr.io/pluvia/agents:0.1.0",
  "replicas": 2,
  "proxyUrl": ""
};
