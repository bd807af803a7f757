/** What a node can be short of: its condition, how it is told of that node alone, and of all that have it. */
export const pressures = [
  { type: "MemoryPressure", ofNode: "node.memory-pressure", ofNodes: "nodes.memory-pressure" },
  { type: "DiskPressure", ofNode: "node.disk-pressure", ofNodes: "nodes.disk-pressure" },
  { type: "PIDPressure", ofNode: "node.pid-pressure", ofNodes: "nodes.process-pressure" },
] as const;
