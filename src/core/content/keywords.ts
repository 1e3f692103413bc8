// Where the words of a fixed list occur in a text, in one pass whatever their number (Aho and Corasick's automaton).

/** Calls `found` with the end of each occurrence, in the order of the text, and with whom the words that end there belong to. */
export type Keywords = (text: string, found: (end: number, owners: readonly number[]) => void) => void;

interface Node {
  readonly next: Map<number, Node>;
  /** Its row in the table. */
  readonly row: number;
  owners: readonly number[];
}

/** `lists[i]` are the words of owner `i`. One step for each character of the text, whatever it holds. */
export function keywordsOf(lists: readonly (readonly string[])[]): Keywords {
  const nodes = trie(lists);
  const [classes, width] = classesOf(lists);
  const table = tableOf(nodes, classes, width);
  const owners = nodes.map((node) => (node.owners.length > 0 ? node.owners : undefined));
  return (text, found) => {
    let row = 0;
    for (let at = 0; at < text.length; at += 1) {
      row = table[row * width + (classes[text.charCodeAt(at)] ?? 0)] ?? 0;
      const own = owners[row];
      if (own !== undefined) found(at + 1, own);
    }
  };
}

function trie(lists: readonly (readonly string[])[]): readonly Node[] {
  const nodes: Node[] = [];
  const grown = (): Node => {
    const node: Node = { next: new Map(), row: nodes.length, owners: [] };
    nodes.push(node);
    return node;
  };
  const root = grown();
  for (const [owner, words] of lists.entries())
    for (const word of words) {
      let node = root;
      for (let at = 0; at < word.length; at += 1) {
        const unit = word.charCodeAt(at);
        const next = node.next.get(unit) ?? grown();
        node.next.set(unit, next);
        node = next;
      }
      node.owners = [...new Set([...node.owners, owner])];
    }
  return nodes;
}

/** UTF-16 units that occur in words get numbers of their own; all others share the number 0. */
function classesOf(lists: readonly (readonly string[])[]): readonly [classes: Uint16Array, width: number] {
  const classes = new Uint16Array(2 ** 16);
  let width = 1;
  for (const word of lists.flat())
    for (let at = 0; at < word.length; at += 1) {
      const unit = word.charCodeAt(at);
      if (classes[unit] === 0) classes[unit] = width++;
    }
  return [classes, width];
}

/** For each node and class the node that comes next: breadth first, so that a row falls back to one that is complete. */
function tableOf(nodes: readonly Node[], classes: Uint16Array, width: number): Uint32Array {
  const table = new Uint32Array(nodes.length * width);
  const fallback = new Uint32Array(nodes.length);
  const queue: Node[] = nodes.slice(0, 1);
  for (const node of queue) {
    const back = fallback[node.row] ?? 0;
    if (node.row > 0) table.copyWithin(node.row * width, back * width, (back + 1) * width);
    node.owners = [...new Set([...node.owners, ...(node.row > 0 ? (nodes[back]?.owners ?? []) : [])])];
    for (const [unit, next] of node.next) {
      const cell = node.row * width + (classes[unit] ?? 0);
      fallback[next.row] = node.row > 0 ? (table[cell] ?? 0) : 0;
      table[cell] = next.row;
      queue.push(next);
    }
  }
  return table;
}
