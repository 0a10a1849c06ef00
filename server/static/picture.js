// A picture of a network on a canvas: draws nodes, ties and labels; moves, zooms, finds a node.
//
// The drawing reaches beyond the frame. While the reader moves it, it is only shifted and scaled;
// it is drawn anew once it is still. A second canvas above it shows the node under the pointer.

const MARGIN = 0.3; // of the frame on each side, drawn too
const STILL = 120; // milliseconds
const EDGE = 36; // pixels left free around the whole
const CARD = 330; // pixels on the right that a card may cover
const [SMALL, LARGE, CROWD] = [3, 15, 300]; // radii of nodes, and how many have room for them
const ROOMY = 480; // pixels of a picture that needs no smaller nodes
const [LABELS, NEAREST] = [45, 25]; // at most
const FIRST = 12; // ranks whose labels may lie upon nodes, rather than be left out
const FONT = "13px system-ui, sans-serif";
const FITTING = { x: 0.5, y: 0.5, zoom: 1 };

export class Picture {
  constructor(frame, still = () => {}) {
    Object.assign(this, { frame, still, camera: { ...FITTING }, nodes: [], ties: [] });
    this.below = frame.appendChild(document.createElement("canvas"));
    this.above = frame.appendChild(document.createElement("canvas"));
    this.below.className = "below";
    this.above.className = "above";
    this.held = 0; // pointers that are down
    new ResizeObserver(() => this.nodes.length && this.draw()).observe(frame);
    for (const change of ["(prefers-color-scheme: dark)", `(resolution: ${devicePixelRatio}dppx)`]) {
      matchMedia(change).addEventListener("change", () => this.draw());
    }
  }

  /** Show a network; the camera stays where it is if the nodes are the same. */
  set({ nodes, ties, sides, directed }) {
    const known = this.nodes.map((node) => node.id).join();
    const most = Math.max(...nodes.map((node) => node[5]), 0) || 1;
    const range = (LARGE - SMALL) * Math.min(1, Math.sqrt(CROWD / Math.max(nodes.length, 1)));
    this.nodes = nodes.map(([id, label, x, y, group, score, rank], place) => ({
      ...{ id, label, x, y, group, rank, square: Boolean(sides?.[place]), near: [] },
      radius: SMALL + range * Math.sqrt(Math.max(score, 0) / most),
    }));
    const logs = ties.map((tie) => Math.log(tie[2]));
    const [low, high] = [logs.reduce((a, b) => Math.min(a, b), Infinity), logs.reduce((a, b) => Math.max(a, b), -Infinity)];
    this.ties = ties.map(([from, to], place) => {
      const share = high > low ? (logs[place] - low) / (high - low) : 0;
      return { from: this.nodes[from], to: this.nodes[to], width: Math.round(3 + 12 * share) / 5 };
    });
    this.ties.sort((a, b) => a.width - b.width);
    for (const { from, to } of this.ties) from.near.push(to) && to.near.push(from);
    this.large = [...this.nodes].sort((a, b) => b.radius - a.radius);
    this.foremost = [...this.nodes].sort((a, b) => a.rank - b.rank || b.near.length - a.near.length);
    this.directed = directed;
    this.pointed = this.picked = null;
    if (known && known !== this.nodes.map((node) => node.id).join()) this.camera = { ...FITTING };
    this.draw();
  }

  /** Pick a node by its IRI and bring it into view; without an IRI, deselect. */
  choose(id) {
    this.picked = this.nodes.find((node) => node.id === id) ?? null;
    const { width, height } = this.locate();
    if (this.picked) {
      const { across, down } = this.picked;
      const right = width - (width > 700 ? CARD : EDGE);
      if (across < EDGE || down < EDGE || across > right || down > height - EDGE) Object.assign(this.camera, { x: this.picked.x, y: this.picked.y });
    }
    this.move();
  }

  fit() {
    this.camera = { ...FITTING };
    this.move();
  }

  pan(across, down) {
    const scale = this.camera.zoom * this.size().unit;
    this.camera.x += across / scale;
    this.camera.y += down / scale;
    this.move();
  }

  /** Zoom in by a factor around a point of the frame. */
  zoom(factor, x = this.size().width / 2, y = this.size().height / 2) {
    const { width, height, unit } = this.size();
    const zoom = Math.min(60, Math.max(0.4, this.camera.zoom * factor));
    const shift = (1 / this.camera.zoom - 1 / zoom) / unit;
    this.camera = { x: this.camera.x + (x - width / 2) * shift, y: this.camera.y + (y - height / 2) * shift, zoom };
    this.move();
  }

  /** The node at a point of the frame, or one near it. */
  at(x, y) {
    let [found, least] = [null, 12];
    for (const node of this.nodes) {
      const far = Math.hypot(node.across - x, node.down - y) - this.radius(node);
      if (far < least) [found, least] = [node, far];
    }
    return found;
  }

  /** The picture as it is, as a PNG of twice the size. */
  blob() {
    const { width, height } = this.size();
    const canvas = document.createElement("canvas");
    const pen = penOf(canvas, width, height, 2);
    pen.fillStyle = this.colours().bg;
    pen.fillRect(0, 0, width, height);
    this.paint(pen, 0, 0);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  }

  size() {
    const { clientWidth: width, clientHeight: height } = this.frame;
    return { width, height, unit: Math.max(50, Math.min(width, height) - 2 * EDGE) };
  }

  /** Where each node is in the frame, as the camera sees it. */
  locate() {
    const { width, height, unit } = (this.room = this.size());
    const scale = this.camera.zoom * unit;
    for (const node of this.nodes) {
      node.across = (node.x - this.camera.x) * scale + width / 2;
      node.down = (node.y - this.camera.y) * scale + height / 2;
    }
    return this.room;
  }

  radius(node) {
    return node.radius * this.camera.zoom ** 0.4 * Math.min(1, this.room.unit / ROOMY);
  }

  colours() {
    const styles = getComputedStyle(this.frame);
    const of = (name) => styles.getPropertyValue(`--${name}`).trim();
    const groups = [1, 2, 3, 4, 5, 6].map((number) => of(`c${number}`));
    return { bg: of("bg"), ink: of("ink"), line: of("ink2"), link: of("link"), rest: of("rest"), groups };
  }

  /** After the camera has moved: shift what is drawn, and draw it anew once all is still. */
  move() {
    if (!this.drawn) return;
    const { unit } = this.locate();
    const [scale, { x, y, zoom }] = [this.camera.zoom * unit, this.drawn];
    const [across, down] = [(x - this.camera.x) * scale, (y - this.camera.y) * scale];
    this.below.style.transform = `translate(${across}px, ${down}px) scale(${this.camera.zoom / zoom})`;
    this.highlight();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw(), this.held ? 4 * STILL : STILL);
  }

  draw() {
    clearTimeout(this.timer);
    const { width, height } = this.locate();
    const [left, top] = [Math.round(width * MARGIN), Math.round(height * MARGIN)];
    const pen = penOf(this.below, width + 2 * left, height + 2 * top, devicePixelRatio);
    Object.assign(this.below.style, { left: `${-left}px`, top: `${-top}px`, transform: "" });
    this.paint(pen, left, top);
    this.drawn = { ...this.camera };
    this.above.dataset.drawn = this.nodes.length;
    this.marked = true; // by what was there before, perhaps in another size
    this.highlight();
    this.still(this.camera);
  }

  paint(pen, left, top) {
    const colours = this.colours();
    pen.translate(left, top);
    pen.globalAlpha = Math.max(0.04, Math.min(0.6, 10 / Math.sqrt(this.ties.length || 1)));
    this.lines(pen, this.ties, colours.line);
    pen.globalAlpha = 1;
    this.dots(pen, this.large, colours);
    this.words(pen, this.foremost, colours, LABELS);
  }

  /** Lines of one width at a time, a few to each stroke: long paths are slow to fill in. */
  lines(pen, ties, colour) {
    const heads = this.directed && ties.length < 3000;
    pen.strokeStyle = pen.fillStyle = colour;
    let count = 0;
    pen.beginPath();
    for (const { from, to, width } of ties) {
      if (pen.lineWidth !== width || ++count % 50 === 0) {
        pen.stroke();
        pen.beginPath();
        pen.lineWidth = width;
      }
      pen.moveTo(from.across, from.down);
      pen.lineTo(to.across, to.down);
      if (heads) arrow(pen, from, to, this.radius(to));
    }
    pen.stroke();
  }

  dots(pen, nodes, colours) {
    pen.strokeStyle = colours.bg;
    pen.lineWidth = 1;
    for (const node of nodes) {
      const [x, y, radius] = [node.across, node.down, this.radius(node)];
      pen.fillStyle = colours.groups[node.group] ?? colours.rest;
      pen.beginPath();
      if (node.square) pen.rect(x - radius, y - radius, 2 * radius, 2 * radius);
      else pen.arc(x, y, radius, 0, 7);
      pen.fill();
      pen.stroke();
    }
  }

  /** Labels where there is room, in the order of ranks; labels never overlap. */
  words(pen, nodes, colours, most) {
    const { width, height } = this.room;
    const taken = [];
    const dots = nodes.slice(0, CROWD);
    const free = (left, down, right) => left > 0 && right < width && taken.every((other) => left > other.right || right < other.left || Math.abs(down - other.down) > 16);
    const bare = (own, left, down, right) => dots.every((node) => node === own || node.across < left || node.across > right || Math.abs(node.down - down) > 8 + node.radius / 2);
    pen.font = FONT;
    pen.textBaseline = "middle";
    [pen.strokeStyle, pen.fillStyle, pen.lineWidth, pen.lineJoin] = [colours.bg, colours.ink, 3, "round"];
    for (const node of nodes) {
      if (taken.length >= most) break;
      const [x, y, gap] = [node.across, node.down, this.radius(node) + 4];
      if (x < 0 || y < 0 || x > width || y > height) continue;
      const text = node.label.length > 38 ? `${node.label.slice(0, 36).trimEnd()}…` : node.label;
      const long = (node.long ??= pen.measureText(text).width);
      const rooms = [[x + gap, y], [x - gap - long, y], [x - long / 2, y + gap + 8], [x - long / 2, y - gap - 8]];
      const open = rooms.filter(([left, down]) => free(left, down, left + long));
      const room = open.find(([left, down]) => bare(node, left, down, left + long)) ?? (node.rank <= FIRST && open[0]);
      if (!room) continue;
      taken.push({ left: room[0], right: room[0] + long, down: room[1] });
      pen.strokeText(text, ...room);
      pen.fillText(text, ...room);
    }
  }

  /** The node under the pointer or picked, with its neighbours, above all others. */
  highlight() {
    const [node, { width, height }] = [this.pointed ?? this.picked, this.room];
    if (!node && !this.marked) return;
    const [pen, colours] = [penOf(this.above, width, height, devicePixelRatio), this.colours()];
    this.marked = Boolean(node);
    if (!node) return;
    pen.globalAlpha = 0.85;
    pen.fillStyle = colours.bg;
    pen.fillRect(0, 0, width, height);
    pen.globalAlpha = 0.8;
    this.lines(pen, this.ties.filter(({ from, to }) => from === node || to === node), colours.link);
    pen.globalAlpha = 1;
    const near = [...new Set(node.near)].sort((a, b) => a.rank - b.rank);
    this.dots(pen, [...near, node], colours);
    this.words(pen, [node, ...near.slice(0, NEAREST)], colours, NEAREST);
  }

  point(node) {
    if (node === this.pointed) return;
    this.pointed = node;
    this.above.style.cursor = node ? "pointer" : "";
    this.highlight();
  }
}

/** The context of a canvas, resized (in CSS pixels) and cleared. */
function penOf(canvas, width, height, ratio) {
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  return pen;
}

/** The head of a tie that ends at the edge of its node. */
function arrow(pen, from, to, radius) {
  const turn = Math.atan2(to.down - from.down, to.across - from.across);
  const [x, y] = [to.across - radius * Math.cos(turn), to.down - radius * Math.sin(turn)];
  for (const side of [-0.45, 0.45]) {
    pen.moveTo(x, y);
    pen.lineTo(x - 7 * Math.cos(turn + side), y - 7 * Math.sin(turn + side));
  }
}
