import type { Target } from "./devtools.js";
import type { SecretSearch } from "./secrets.js";

/** The format of `HeapProfiler.takeHeapSnapshot`: rows of numbers, and the strings they refer to. */
interface Snapshot {
  snapshot: {
    meta: {
      node_fields: string[];
      node_types: [string[], ...unknown[]];
      edge_fields: string[];
      edge_types: [string[], ...unknown[]];
    };
    root_index?: number;
  };
  nodes: number[];
  edges: number[];
  strings: string[];
}

/** A string of a JavaScript heap that contains a secret, and the path from the root that retains it. */
export interface FoundInHeap {
  secret: string;
  path: string;
}

/** Bytes that JavaScript can reach, excluding wasm memory. A snapshot has their number, not their values. */
export interface BufferInHeap {
  bytes: number;
  path: string;
}

export interface HeapSight {
  found: FoundInHeap[];
  buffers: BufferInHeap[];
  strings: number;
  characters: number;
}

/** The heap's strings that contain a secret, and its buffers. A snapshot begins with a full garbage collection. */
export async function lookIntoHeap(target: Target, search: SecretSearch): Promise<HeapSight> {
  const heap = new Heap(await takeSnapshot(target));
  return {
    found: heap.texts.flatMap((text, index) =>
      search.inText(text).flatMap((secret) => heap.pathsTo(index).map((path) => ({ secret, path }))),
    ),
    buffers: heap.buffers(),
    strings: heap.texts.length,
    characters: heap.texts.reduce((sum, text) => sum + text.length, 0),
  };
}

async function takeSnapshot(target: Target): Promise<Snapshot> {
  const chunks: string[] = [];
  const stop = target.listen((method, { chunk }) => {
    if (method === "HeapProfiler.addHeapSnapshotChunk") chunks.push(String(chunk));
  });
  await target.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false, exposeInternals: true });
  stop();
  return JSON.parse(chunks.join("")) as Snapshot;
}

class Heap {
  readonly texts: string[];
  readonly #snapshot: Snapshot;
  /** For each node, the node and edge that lead to it from the root on the shortest path (breadth first). */
  readonly #reachedBy = new Map<number, { from: number; edge: number }>();

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
    this.texts = snapshot.strings;
    this.#walk();
  }

  /** The paths from the root to every node with this string as its content or name. */
  pathsTo(text: number): string[] {
    const { nodes, edges } = this.#snapshot;
    const paths: string[] = [];
    for (let node = 0; node < nodes.length; node += this.#nodeSize) {
      if (this.#nodeField(node, "name") === text) paths.push(this.#path(node));
    }
    for (let edge = 0; edge < edges.length; edge += this.#edgeSize) {
      const named = !["element", "hidden"].includes(this.#edgeType(edge));
      if (named && this.#edgeField(edge, "name_or_index") === text) paths.push("the name of a property");
    }
    return paths.length > 0 ? paths : ["a text of the snapshot that no node has"];
  }

  /** The backing stores of all `ArrayBuffer`s, except those of `WebAssembly.Memory` objects. */
  buffers(): BufferInHeap[] {
    const { nodes } = this.#snapshot;
    const ofWasm = new Set<number>();
    const stores = new Map<number, number>();
    for (let node = 0, edge = 0; node < nodes.length; node += this.#nodeSize) {
      const end = edge + this.#nodeField(node, "edge_count") * this.#edgeSize;
      for (; edge < end; edge += this.#edgeSize) {
        const to = this.#edgeField(edge, "to_node");
        if (this.#nodeName(node) === "Memory" && this.#nodeName(to) === "ArrayBuffer") ofWasm.add(to);
        if (this.#nodeName(to) === "system / JSArrayBufferData") stores.set(to, node);
      }
    }
    return [...stores]
      .filter(([, buffer]) => !ofWasm.has(buffer))
      .map(([store]) => ({ bytes: this.#nodeField(store, "self_size"), path: this.#path(store) }));
  }

  #walk(): void {
    const firstEdge = new Map<number, number>();
    const { nodes } = this.#snapshot;
    for (let node = 0, edge = 0; node < nodes.length; node += this.#nodeSize) {
      firstEdge.set(node, edge);
      edge += this.#nodeField(node, "edge_count") * this.#edgeSize;
    }
    const queue = [0];
    this.#reachedBy.set(0, { from: -1, edge: -1 });
    for (const node of queue) {
      const first = firstEdge.get(node) ?? 0;
      const end = first + this.#nodeField(node, "edge_count") * this.#edgeSize;
      for (let edge = first; edge < end; edge += this.#edgeSize) {
        const to = this.#edgeField(edge, "to_node");
        if (this.#edgeType(edge) === "weak" || this.#reachedBy.has(to)) continue;
        this.#reachedBy.set(to, { from: node, edge });
        queue.push(to);
      }
    }
  }

  #path(node: number): string {
    const steps: string[] = [this.#nodeType(node)];
    for (
      let step = this.#reachedBy.get(node);
      step && step.from >= 0;
      step = this.#reachedBy.get(step.from)
    ) {
      const name = this.#edgeField(step.edge, "name_or_index");
      const isIndex = ["element", "hidden"].includes(this.#edgeType(step.edge));
      steps.unshift(
        `${shortened(this.#nodeName(step.from))}.${isIndex ? name : shortened(this.texts[name] ?? "")}`,
      );
    }
    return steps.length === 1 ? `${steps[0]}, held by nothing but the engine` : steps.slice(-8).join(" > ");
  }

  get #nodeSize(): number {
    return this.#snapshot.snapshot.meta.node_fields.length;
  }

  get #edgeSize(): number {
    return this.#snapshot.snapshot.meta.edge_fields.length;
  }

  #nodeField(node: number, field: string): number {
    return this.#snapshot.nodes[node + this.#snapshot.snapshot.meta.node_fields.indexOf(field)] ?? 0;
  }

  #edgeField(edge: number, field: string): number {
    return this.#snapshot.edges[edge + this.#snapshot.snapshot.meta.edge_fields.indexOf(field)] ?? 0;
  }

  #nodeType(node: number): string {
    return this.#snapshot.snapshot.meta.node_types[0][this.#nodeField(node, "type")] ?? "";
  }

  #edgeType(edge: number): string {
    return this.#snapshot.snapshot.meta.edge_types[0][this.#edgeField(edge, "type")] ?? "";
  }

  #nodeName(node: number): string {
    return this.texts[this.#nodeField(node, "name")] ?? "";
  }
}

/** Long strings are not names, and may be the secrets. */
function shortened(name: string): string {
  return name.length > 40 ? `${name.slice(0, 12)}…` : name;
}
